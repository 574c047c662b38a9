"""Dense layers that are told of something: a step, a latent, a label."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

SINES = 32  # numbers that stand for a step


def waves(step: Tensor) -> Tensor:
    """Return sines and cosines of ``(B,)`` steps, at wavelengths from 2 pi to 20,000 pi: ``(B, SINES)`` float32."""
    half = SINES // 2
    frequency = torch.exp(torch.arange(half, device=step.device) * (-math.log(10_000.0) / (half - 1)))
    angle = step.float()[:, None] * frequency
    return torch.cat([angle.sin(), angle.cos()], dim=1)


class Told(nn.Module):
    """Residual dense layers whose hidden units are scaled and shifted by a vector that tells of something.

    Args:
        inputs: how many numbers come in.
        outputs: how many come out.
        width: of the layers, and of the vector.
        depth: residual blocks, of two dense layers each.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent that is told of as well; 0 for none.
    """

    def __init__(
        self, inputs: int, outputs: int, *, width: int, depth: int, num_classes: int = 0, z_dim: int = 0
    ) -> None:
        super().__init__()
        self.step = nn.Sequential(nn.Linear(SINES, width), nn.SiLU(), nn.Linear(width, width))
        self.label = nn.Embedding(num_classes, width) if num_classes else None
        self.latent: nn.Module | None = None
        if z_dim:
            self.latent = nn.Sequential(
                nn.Linear(z_dim, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width)
            )
        self.first, self.last = nn.Linear(inputs, width), nn.Linear(width, outputs)
        self.ins = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.outs = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.told = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(depth))

    def forward(
        self, x: Tensor, step: Tensor, label: Tensor | None = None, z: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """``(B, inputs)``, ``(B,)`` int64 steps, ``(B,)`` labels, ``(B, z_dim)`` latents -> ``(B, outputs)``, and the
        ``(B, width)`` that these are a linear map of.
        """
        told = self.step(waves(step).to(x.dtype))
        if self.label is not None:
            told = told + self.label(label)
        if self.latent is not None:
            told = told + self.latent(z)
        told, h = silu(told), self.first(x)
        for first, last, tell in zip(self.ins, self.outs, self.told, strict=True):
            scale, shift = tell(told).chunk(2, dim=1)
            h = h + last(silu(first(silu(h)) * (1 + scale) + shift))
        features = silu(h)
        return self.last(features), features
