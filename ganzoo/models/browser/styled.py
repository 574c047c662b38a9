"""A generator with styles whose truncation is an input."""

from __future__ import annotations

import torch
from torch import Tensor

from ...interfaces import Generator
from ..generation.latents import MeanStyles
from ..trained import Trained


class StyledShare(Generator):
    """A generator that is given the share of the way from the mean style as the last of its latents.

    Args:
        trained: a generator with styles.
    """

    means: Tensor

    def __init__(self, trained: Trained) -> None:
        super().__init__()
        mapped = trained.mapped
        if mapped is None:
            raise ValueError("a generator without styles has no mean style")
        self.inner = mapped
        self.z_dim = mapped.z_dim + 1
        means = MeanStyles(mapped, trained.device)
        labels = torch.arange(len(trained.classes)) if trained.conditional else None
        self.register_buffer("means", means.of(labels))

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim + 1)`` latents with the share, ``(B,)`` labels or None -> ``(B, C, H, W)``."""
        share = z[:, -1:, None]
        mean = (
            self.means
            if y is None
            else torch.nn.functional.embedding(y, self.means.flatten(1)).unflatten(1, self.means.shape[1:])
        )
        made: Tensor = self.inner.synthesise(mean + share * (self.inner.map(z[:, :-1], y) - mean))
        return made

    def sample_z(self, n: int, device: torch.device | str, rng: torch.Generator | None = None) -> Tensor:
        """Draw latents, with shares from 1, which changes nothing, down to 1/2."""
        z = self.inner.sample_z(n, device=device, rng=rng)
        shares = torch.linspace(1, 0.5, n, device=z.device)[:, None]
        return torch.cat([z, shares], dim=1)
