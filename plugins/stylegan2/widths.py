"""Channels of both players at each size."""

from __future__ import annotations

from ganzoo.interfaces import Size
from ganzoo.layers import shorter

ARCHITECTURES = ("orig", "skip", "resnet")
MOST = 512


def default_width(image_size: Size) -> int:
    """64 at 32x32, in proportion to the shorter side at other sizes, and the paper's 512 at the most."""
    return min(MOST, 2 * shorter(image_size))


def width_at(width: int, halved: int) -> int:
    """Give the channels of images that are halved so often: twice as many each time, up to 512 or what they begin with.

    Source: arXiv:1912.04958, the authors' code, which has 32 channels at 1024x1024 and 512 from 64x64 down.
    """
    return max(width, min(MOST, width << halved))
