"""Blocks of both players."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Size
from ganzoo.layers import doublings, require_positive, shorter

CONDITIONED = ("projection", "none")
SLOPE = 0.2
GAIN = (2 / (1 + SLOPE**2)) ** 0.5  # of a leaky ReLU (arXiv:1502.01852, eq. 15)
LAYERS = 3  # of a residual branch
MOST = 768  # channels, as the paper has at all sizes up to 32x32
GROUP = 16  # channels in a group, as of the paper's 1536 in 96 groups


def start(weight: Tensor, gain: float = 1.0) -> None:
    """Draw the weights of a layer from N(0, gain / sqrt(fan-in))."""
    nn.init.normal_(weight, 0.0, gain * weight[0].numel() ** -0.5)


def convolution(channels: int, made: int, *, gain: float = 1.0) -> nn.Conv2d:
    """Give a 1x1 convolution without bias."""
    layer = nn.Conv2d(channels, made, 1, bias=False)
    start(layer.weight, gain)
    return layer


class InvertedBottleneck(nn.Module):
    """A residual block: 1x1 to wider, a grouped 3x3, 1x1 back, with a bias and leaky ReLU after the first two.

    There is no normalisation. The last convolution starts at zero, so that a network starts as its shortcuts, and
    the others start smaller the deeper the network is, by the factor ``depth ** (-1 / (2 m - 2))`` for branches of
    m = 3 layers, so that no depth makes a first step of the weights too large.

    Source: arXiv:2501.05441, sec. 3.2 and 3.3; the start is that of arXiv:1901.09321.

    Args:
        channels: that it takes and gives.
        inner: channels between.
        cardinality: groups of the 3x3 convolution.
        depth: residual blocks of the whole network.
    """

    def __init__(self, channels: int, inner: int, cardinality: int, depth: int) -> None:
        super().__init__()
        self.widen = nn.Conv2d(channels, inner, 1)
        self.grouped = nn.Conv2d(inner, inner, 3, padding=1, groups=cardinality)
        self.narrow = nn.Conv2d(inner, channels, 1, bias=False)
        for layer in (self.widen, self.grouped):
            start(layer.weight, GAIN * depth ** (-1 / (2 * LAYERS - 2)))
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        nn.init.zeros_(self.narrow.weight)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, channels, H, W)`` -> the same shape."""
        h = leaky_relu(self.widen(x), SLOPE)
        h = leaky_relu(self.grouped(h), SLOPE)
        out: Tensor = x + self.narrow(h)
        return out


class Stages:
    """The widths of a network at each of its sizes, from the smallest on, and its blocks.

    Args:
        image_size: height and width of the images.
        width: channels at the size of the images, and twice as many with each halving, up to 768; None for 64 at
            32x32, in proportion at other sizes.
        blocks: residual blocks at each size.
        expansion: how much wider they are inside.
        cardinality: groups of their 3x3 convolutions; None for groups of 16 channels, or the next larger that fit.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    def __init__(
        self, image_size: Size, width: int | None, blocks: int, expansion: int, cardinality: int | None
    ) -> None:
        width = min(MOST, 2 * shorter(image_size)) if width is None else width
        require_positive(width=width, blocks=blocks, expansion=expansion)
        if cardinality is not None:
            require_positive(cardinality=cardinality)
        self.base, times = doublings(image_size)
        self.widths = [max(width, min(MOST, width << i)) for i in range(times, -1, -1)]
        self._blocks, self._expansion, self._cardinality = blocks, expansion, cardinality

    @property
    def steps(self) -> list[tuple[int, int]]:
        """``(narrow size's width, wide size's width)`` of each doubling."""
        return list(pairwise(self.widths))

    def _groups(self, inner: int) -> int:
        if self._cardinality is None:
            return next(groups for groups in range(max(1, inner // GROUP), 0, -1) if inner % groups == 0)
        if inner % self._cardinality:
            raise RecipeError(
                f"cardinality is {self._cardinality}, which does not divide the {inner} channels of a block "
                f"(width times expansion): choose a divisor of {inner}, or null for groups of about {GROUP} channels"
            )
        return self._cardinality

    def blocks(self, width: int) -> list[nn.Module]:
        """Give the residual blocks of one size."""
        inner, depth = width * self._expansion, self._blocks * len(self.widths)
        return [InvertedBottleneck(width, inner, self._groups(inner), depth) for _ in range(self._blocks)]


class Label(nn.Module):
    """A learned vector for each label; all start small, as the rows of a dense layer on one-hot labels do.

    Args:
        num_classes: how many labels there are.
        features: length of a vector.
        gain: factor of the standard deviation at the start.
    """

    def __init__(self, num_classes: int, features: int, gain: float = 1.0) -> None:
        super().__init__()
        self.embed = nn.Embedding(num_classes, features)
        nn.init.normal_(self.embed.weight, 0.0, gain * num_classes**-0.5)

    def forward(self, y: Tensor) -> Tensor:
        """``(B,)`` int64 labels -> ``(B, features)``."""
        out: Tensor = self.embed(y)
        return out


class Constant(nn.Module):
    """A learned picture for each channel, times what a dense layer makes of the latent.

    Source: arXiv:2501.05441, the authors' code.

    Args:
        features: length of the latent.
        channels: that it gives.
        base: height and width of the picture, in pixels.
    """

    def __init__(self, features: int, channels: int, base: tuple[int, int]) -> None:
        super().__init__()
        self.pictures = nn.Parameter(torch.randn(1, channels, *base))
        self.dense = nn.Linear(features, channels, bias=False)
        start(self.dense.weight)

    def forward(self, z: Tensor) -> Tensor:
        """``(B, features)`` -> ``(B, channels, h, w)`` of the base."""
        out: Tensor = self.pictures * self.dense(z)[:, :, None, None]
        return out
