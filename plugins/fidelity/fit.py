"""A line of least squares in 1/N, and its picture."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from ganzoo.drawing import GENERATED, INK, REAL, RULE, SOFT, blank, png_bytes, round_step
from ganzoo.drawing.palette import Colour

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

# Drawn at three times the size that a report shows it in, so that it stays sharp there.
WIDTH, HEIGHT = 1120, 560
LEFT, TOP, RIGHT, BOTTOM = 130, 100, 40, 64
TEXT = 30
POINT, LINE = GENERATED, REAL
COLOURS = 24  # the palette's and what is between them at the edges of letters


@dataclass(frozen=True)
class Fit:
    """A line through values of sets of different sizes.

    Attributes:
        sizes: N of each set, ascending.
        values: the number of each.
        intercept: the line's value at 1/N = 0.
        slope: by how much it rises for 1/N = 1.
    """

    sizes: tuple[int, ...]
    values: tuple[float, ...]
    intercept: float
    slope: float


def line_through(sizes: Sequence[int], values: Sequence[float]) -> Fit:
    """Give the line of least squares through ``values`` against ``1 / sizes``, of which two differ at least."""
    x = 1 / torch.tensor(sizes, dtype=torch.float64)
    y = torch.tensor(values, dtype=torch.float64)
    apart = x - x.mean()
    slope = (apart * (y - y.mean())).sum() / apart.square().sum()
    return Fit(tuple(sizes), tuple(values), float(y.mean() - slope * x.mean()), float(slope))


def fit_png(fit: Fit, name: str) -> bytes:
    """Give the values as points against 1/N, and the line to its end at 0, as the bytes of a PNG.

    The same fit gives the same bytes.

    Args:
        fit: what is drawn.
        name: of the number, for the title, in ASCII: Pillow's own font has little else.
    """
    picture, draw = blank(WIDTH, HEIGHT, TEXT)
    widest = 1 / fit.sizes[0]
    ends = fit.intercept, fit.intercept + fit.slope * widest
    low, high = min(*fit.values, *ends), max(*fit.values, *ends)
    margin = 0.08 * (high - low) or 0.5
    low, high = low - margin, high + margin

    def place(x: float, y: float) -> tuple[int, int]:
        across = LEFT + (WIDTH - LEFT - RIGHT) * x / (1.04 * widest)
        return round(across), round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (y - low) / (high - low))

    _values(draw, low, high, place)
    for size in (fit.sizes[0], fit.sizes[len(fit.sizes) // 4], fit.sizes[-1]):
        draw.text((place(1 / size, low)[0], HEIGHT - BOTTOM + 8), f"N = {size:,}", SOFT, anchor="ma")
    draw.line((LEFT, TOP, LEFT, HEIGHT - BOTTOM), SOFT, 2)
    draw.line((*place(0, ends[0]), *place(widest, ends[1])), LINE, 5)
    for size, value in zip(fit.sizes, fit.values, strict=True):
        _dot(draw, place(1 / size, value), 8, POINT)
    _dot(draw, place(0, fit.intercept), 11, INK)
    draw.text((LEFT, 8), f"{name} against 1/N: {fit.intercept:.4g} at 1/N = 0", INK)
    draw.text((LEFT, 52), f"{fit.values[-1]:.4g} of all {fit.sizes[-1]:,} samples", SOFT)
    return png_bytes(picture, colours=COLOURS)


def _values(draw: ImageDraw, low: float, high: float, place: Callable[[float, float], tuple[int, int]]) -> None:
    """Rules at round values, four of them or so."""
    step = round_step(high - low)
    for tick in range(math.ceil(low / step), math.floor(high / step) + 1):
        y = place(0, tick * step)[1]
        draw.line((LEFT, y, WIDTH - RIGHT, y), RULE, 2)
        draw.text((LEFT - 16, y), f"{tick * step:.5g}", SOFT, anchor="rm")


def _dot(draw: ImageDraw, at: tuple[int, int], radius: int, colour: Colour) -> None:
    x, y = at
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), colour)
