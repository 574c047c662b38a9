"""The parts of a chart that all charts share: an empty canvas, a legend, and round values for an axis."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from .palette import INK, PAPER, Colour

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw


def blank(width: int, height: int, text: int) -> tuple[Image, ImageDraw]:
    """Make an empty picture, and what draws on it.

    Args:
        width: in pixels.
        height: in pixels.
        text: the font's size in pixels. The font is Pillow's own, which has little else than ASCII.
    """
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(picture)
    draw.font = ImageFont.load_default(text)
    return picture, draw


def legend(
    draw: ImageDraw,
    at: tuple[int, int],
    entries: Iterable[tuple[Colour, str]],
    *,
    mark: Literal["dot", "square"],
    size: int,
    drop: int,
    gap: int,
    space: int,
) -> None:
    """Write the names of what is drawn in a row, each behind a mark of its colour.

    Args:
        draw: of the canvas.
        at: the left upper corner, in pixels.
        entries: colours and names.
        mark: shape of the marks.
        size: width and height of a mark, in pixels.
        drop: by how much the marks stand below the top of the text.
        gap: between a mark and its name.
        space: between a name and the next mark.
    """
    x, y = at
    shape = draw.ellipse if mark == "dot" else draw.rectangle
    for colour, name in entries:
        shape((x, y + drop, x + size, y + drop + size), colour)
        draw.text((x + size + gap, y), name, INK)
        x += size + gap + round(draw.textlength(name)) + space


def round_step(span: float, *, whole: bool = False) -> float:
    """Give the distance of ticks on an axis: the smallest of 1, 2 and 5 times a power of ten that ``span`` has 4 of.

    Args:
        span: of the axis, above 0.
        whole: nothing below 1, for an axis of counts.
    """
    powers = range(12) if whole else range(-12, 13)
    return next(m * 10.0**power for power in powers for m in (1, 2, 5) if span / (m * 10.0**power) <= 4)
