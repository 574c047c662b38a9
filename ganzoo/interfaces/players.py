"""The two players: a generator and a discriminator."""

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor, nn


class Generator(nn.Module, ABC):
    """Latents to images.

    Built with the keywords ``image_size``, ``channels`` and ``num_classes`` (0: no labels), which flow
    from the data, and with the recipe's own parameters.

    Attributes:
        z_dim: length of a latent.
    """

    z_dim: int

    def sample_z(self, n: int, *, device: torch.device | str, rng: torch.Generator | None = None) -> Tensor:
        """Draw ``n`` latents, ``(n, z_dim)``; standard normal unless a paper says otherwise."""
        return torch.randn(n, self.z_dim, device=device, generator=rng)

    @abstractmethod
    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels or None -> ``(B, C, H, W)`` images in [-1, 1]."""


class Discriminator(nn.Module, ABC):
    """Images to named verdicts. Built with the same keywords as a generator.

    Attributes:
        outputs: every key that ``forward`` returns.
    """

    outputs: ClassVar[frozenset[str]] = frozenset({"logits"})

    @abstractmethod
    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> ``{"logits": (B,), ...}``."""
