"""Layers of both players."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.layers import ConditionalBatchNorm2d, PixelNoise, keeping, spectral_norm

POOLED = 4  # pixels along each side of what an excitation looks at


class Excitation(nn.Module):
    """Channels of a large map, each times a number between 0 and 1 that a small map decides.

    Source: arXiv:2101.04775, sec. 3.1, eq. 1 and 2; the activation between is that of the authors' code.

    Args:
        small: channels of the small map.
        large: channels of the large map.
    """

    def __init__(self, small: int, large: int) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.AdaptiveAvgPool2d(POOLED),
            spectral_norm(nn.Conv2d(small, large, POOLED, bias=False)),
            nn.SiLU(),
            spectral_norm(nn.Conv2d(large, large, 1, bias=False)),
            nn.Sigmoid(),
        )

    def forward(self, small: Tensor, large: Tensor) -> Tensor:
        """``(B, small, h, w)`` and ``(B, large, H, W)`` -> the shape of the latter."""
        excited: Tensor = large * self.net(small)
        return excited


class LearnedNoise(nn.Module):
    """Noise of one channel that is added to a map, times a learned number that starts at 0.

    Source: arXiv:1812.04948, as arXiv:2101.04775 has it.

    Args:
        size: height and width of the map.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self.noise, self.strength = PixelNoise(size), nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` -> the same shape."""
        noisy: Tensor = x + self.strength * self.noise(x)
        return noisy


class Gated(nn.Module):
    """A 3x3 convolution to twice the channels, batch normalisation, and a gated linear unit.

    Args:
        channels: that it takes.
        made: channels that it gives.
        classes: labels of the normalisation, 0 for none.
        noise: height and width of the map, where noise is added to it; None for none.
    """

    def __init__(self, channels: int, made: int, classes: int = 0, noise: tuple[int, int] | None = None) -> None:
        super().__init__()
        self.convolution = spectral_norm(keeping(channels, 2 * made, bias=False))
        self.noise = None if noise is None else LearnedNoise(noise)
        self.norm = Normalised(2 * made, classes)

    def forward(self, x: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, channels, H, W)``, ``(B,)`` int64 labels or None -> ``(B, made, H, W)``."""
        h = self.convolution(x)
        h = h if self.noise is None else self.noise(h)
        return nn.functional.glu(self.norm(h, y), dim=1)


class Normalised(nn.Module):
    """Batch normalisation, with gains and shifts of each label where there are labels.

    Args:
        channels: of the map.
        classes: how many labels there are; 0 for none.
    """

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.plain = None if classes else nn.BatchNorm2d(channels)
        self.labelled = ConditionalBatchNorm2d(channels, classes=classes) if classes else None

    def forward(self, x: Tensor, y: Tensor | None) -> Tensor:
        """``(B, C, H, W)``, ``(B,)`` int64 labels or None -> the same shape."""
        out: Tensor = self.plain(x) if self.plain is not None else self.labelled(x, y)  # type: ignore[misc]
        return out
