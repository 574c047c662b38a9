"""Noise that a generator adds to its maps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from ...interfaces.size import Size, sides


class PixelNoise(nn.Module):
    """Gaussian noise of one channel for a map: drawn anew for each image, in training and in evaluation.

    It comes from torch's own stream, which the engine seeds for each evaluation. Inside ``held_noise`` it is the same
    for all images, so that an image is a function of its latent.

    Source: arXiv:1912.04958, the authors' code: ``noise_mode`` is ``random`` in training and for metrics, ``const`` for
        pictures.

    Args:
        size: height and width of the map: one number for a square, else both.

    Attributes:
        picture: ``(H, W)``, a buffer: the noise of all images where it is held.
        held: it is.
    """

    picture: Tensor

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.register_buffer("picture", torch.randn(sides(size)))
        self.held = False

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` maps -> ``(B, 1, H, W)``, or ``(H, W)`` where it is held."""
        return self.picture if self.held else torch.randn_like(x[:, :1])


@contextmanager
def held_noise(network: nn.Module) -> Iterator[None]:
    """Let a network add the same noise to all images until the block ends."""
    free = [module for module in network.modules() if isinstance(module, PixelNoise) and not module.held]
    for module in free:
        module.held = True
    try:
        yield
    finally:
        for module in free:
            module.held = False
