"""Bands of the maps of an alias-free generator: sizes, sampling rates and frequency limits, layer by layer."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Size
from ganzoo.layers import doublings, require_positive, shorter, sides

FIRST_CUTOFF = 2.0
FIRST_STOP = 2.0**2.1
LAST_STOP = 2.0**0.3  # of the last cutoff
CRITICAL = 2  # layers at the end that use the whole band of the images


@dataclass(frozen=True)
class Band:
    """A map: its size and what it can hold, in periods or samples for each shorter side of the image.

    Attributes:
        size: height and width, with what lies beyond the image.
        rate: sampling rate.
        cutoff: frequencies up to it pass.
        half_width: half of the filters' transition, which is about the cutoff.
        critical: it uses its band up to half the rate.
    """

    size: tuple[int, int]
    rate: float
    cutoff: float
    half_width: float
    critical: bool


def default_layers(image_size: Size) -> int:
    """Give two layers for each size from 4 to 7 pixels on, as StyleGAN2 has, up to the paper's 14 at 256x256."""
    _, times = doublings(image_size)
    return min(14, 2 * (times + 1))


def bands(image_size: Size, layers: int, margin: int) -> list[Band]:
    """Give the map that each layer makes, and that of the layer behind them, which makes the image.

    Cutoffs and stopbands grow geometrically, up to half the images' rate at the first of the last two layers. The rate
    is the smallest of the image's, halved any number of times, whose half is above the stopband.

    Source: arXiv:2106.12423, sec. 3.2 (flexible layer specifications) and app. C.
    Departs: rates are those of the image halved, where the paper's are powers of 2, its images' included.

    Args:
        image_size: height and width; the shorter is 4 to 7 doubled one or more times, the other a number doubled as
            often.
        layers: how many there are, 3 or more, without the one that makes the image.
        margin: pixels of each map beyond each side of the image.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """
    doublings(image_size)
    require_positive(layers=layers)
    if layers <= CRITICAL:
        raise RecipeError(f"layers is {layers}, and must be 3 or more: {CRITICAL} use the images' whole band")
    if isinstance(margin, bool) or not isinstance(margin, int) or margin < 0:
        raise RecipeError(f"margin is {margin!r}, and must be a whole number of pixels, 0 or more")
    full = shorter(image_size)
    return [_band(sides(image_size), full, i, layers, margin) for i in range(layers + 1)]


def _band(image: tuple[int, int], full: int, i: int, layers: int, margin: int) -> Band:
    grown = min(i / (layers - CRITICAL), 1)
    last = full / 2
    cutoff = FIRST_CUTOFF * (last / FIRST_CUTOFF) ** grown
    stop = FIRST_STOP * (last * LAST_STOP / FIRST_STOP) ** grown
    halvings = math.floor(
        math.log2(full / min(2 * stop, full)) + 1e-9
    )  # a stopband may be half a rate but for rounding
    rate = full / 2**halvings
    height, width = (math.ceil(side * rate / full) + 2 * margin for side in image)
    size = image if i >= layers - 1 else (height, width)
    return Band(size, rate, cutoff, max(stop, rate / 2) - cutoff, i >= layers - CRITICAL)
