"""Scatters of generated points over real ones, as one PNG."""

from __future__ import annotations

import numpy as np

from ..text import short_number
from .canvas import blank, legend
from .palette import FRAME, GENERATED, INK, PAPER, REAL, SOFT
from .png import png_bytes

SIDE = 520  # of the plot, in pixels
GAP = 12
LINE = 32
TEXT = 25
ROOM = 0.15  # of the real points' reach, left free around them
# Opacity of one point: many on one spot are darker than one.
GENERATED_ALPHA, REAL_ALPHA = 0.5, 0.6
COLOURS = 48
# A round dot by how much of each of its pixels it covers.
_EDGE, _NEAR, _MIDDLE = (0.1, 0.6, 0.8, 0.6, 0.1), (0.6, 1, 1, 1, 0.6), (0.8, 1, 1, 1, 0.8)
_DOT = np.array((_EDGE, _NEAR, _MIDDLE, _NEAR, _EDGE))


def shown_numbers(numbers: int) -> str:
    """Say which of a point's ``numbers`` a picture shows; empty where it shows both of two."""
    if numbers == 2:
        return ""
    return "the only number of each point, from left to right" if numbers == 1 else f"the first 2 of {numbers} numbers"


def scatter_png(fake: np.ndarray, real: np.ndarray) -> bytes:
    """Draw generated points, dark, over real ones, light, as the bytes of a PNG.

    Both axes have the same scale, and the frame fits the real points: it is the same whatever is generated, and
    what falls outside is counted. Where there are no real ones, it fits the generated ones. Of points of more than
    two numbers the first two are shown, and the PNG's description says so; those of one lie on a line. The same
    points give the same bytes.

    Args:
        fake: ``(N, C, 1, 1)`` float32; of none, the picture is that of the real ones.
        real: ``(M, C, 1, 1)`` float32.

    Those that the frame fits are at least one, and finite.

    Raises:
        ValueError: these are none such.
    """
    from PIL import Image

    for points in (fake, real):
        if points.ndim != 4 or points.dtype != np.float32 or points.shape[1:] != (real.shape[1], 1, 1):
            raise ValueError(
                f"a scatter is made of (N, C, 1, 1) float32 points, not of {points.dtype} {points.shape} "
                f"beside {real.shape}"
            )
    framed = real if len(real) else fake
    if not len(framed) or not np.isfinite(framed).all():
        raise ValueError("a scatter's frame is that of the points, which are at least one and finite")
    generated, there = _plane(fake), _plane(real)
    middle, half = _frame(_plane(framed))
    canvas = np.full((SIDE, SIDE, 3), PAPER, dtype=np.float64)
    for points, colour, alpha in ((there, REAL, REAL_ALPHA), (generated, GENERATED, GENERATED_ALPHA)):
        hidden = _hidden(_places(points, middle, half), alpha)[..., None]
        canvas = canvas * (1 - hidden) + np.array(colour) * hidden
    picture, draw = blank(SIDE + 2 * GAP, SIDE + 2 * GAP + 3 * LINE, TEXT)
    picture.paste(Image.fromarray(canvas.round().astype(np.uint8)), (GAP, GAP))
    draw.rectangle((GAP - 2, GAP - 2, GAP + SIDE + 1, GAP + SIDE + 1), outline=FRAME, width=2)
    outside = len(generated) - len(_places(generated, middle, half))
    ends = ", ".join(
        f"{name} {short_number(m - half)} to {short_number(m + half)}" for name, m in zip("xy", middle, strict=True)
    )
    entries = ((GENERATED, len(fake), "generated"), (REAL, len(real), "real"))
    drawn = [(colour, f"{n:,} {words}") for colour, n, words in entries if n]
    legend(draw, (GAP, _line(0)), drawn, mark="dot", size=16, drop=6, gap=10, space=32)
    draw.text((GAP, _line(1)), ends, SOFT)
    if len(fake):
        draw.text((GAP, _line(2)), f"{outside:,} generated outside", INK if outside else SOFT)
    said = shown_numbers(real.shape[1])
    return png_bytes(picture, colours=COLOURS, description=f"shows {said}" if said else "")


def _plane(points: np.ndarray) -> np.ndarray:
    """``(N, 2)`` float64: the first two numbers, or the only one and a zero."""
    flat = points.reshape(len(points), points.shape[1]).astype(np.float64)
    return flat[:, :2] if flat.shape[1] > 1 else np.concatenate([flat, np.zeros_like(flat)], axis=1)


def _frame(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Give the middle of a square around the points, and half of its side."""
    low, high = points.min(axis=0), points.max(axis=0)
    reach = float((high - low).max()) / 2
    return (low + high) / 2, reach * (1 + ROOM) if reach > 0 else 1.0


def _places(points: np.ndarray, middle: np.ndarray, half: float) -> np.ndarray:
    """Give the pixels ``(row, column)`` of those points that lie inside; NaN does not."""
    inside = (np.abs(points - middle) <= half).all(axis=1)
    share = (points[inside] - middle) / (2 * half) + 0.5
    x, y = share[:, 0], 1 - share[:, 1]
    places: np.ndarray = np.minimum(np.stack([y, x], axis=1) * SIDE, SIDE - 1).astype(int)
    return places


def _hidden(places: np.ndarray, alpha: float) -> np.ndarray:
    """Give the share of each pixel that dots hide, each of them ``alpha`` of it: ``(SIDE, SIDE)``, in any order."""
    reach = len(_DOT) // 2
    counts = np.zeros((SIDE + 2 * reach, SIDE + 2 * reach))
    np.add.at(counts, (places[:, 0] + reach, places[:, 1] + reach), 1)
    left = np.zeros((SIDE, SIDE))
    for (row, column), covered in np.ndenumerate(_DOT):
        left += counts[row : row + SIDE, column : column + SIDE] * np.log1p(-alpha * covered)
    return 1 - np.exp(left)


def _line(number: int) -> int:
    return SIDE + 2 * GAP + number * LINE - 4
