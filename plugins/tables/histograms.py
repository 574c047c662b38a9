"""Histograms of a table's columns, as one PNG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ganzoo.drawing.canvas import blank, legend
from ganzoo.drawing.palette import FRAME, GENERATED, INK, REAL, SOFT, Colour
from ganzoo.drawing.png import png_bytes

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

ACROSS = 4  # panels in a row
PANEL, HIGH, GAP = 230, 110, 14
TEXT, LINE, HEAD = 15, 20, 34
BINS, MOST_BARS, MOST_COLUMNS = 20, 12, 32


def histograms_png(
    columns: Sequence[str], words: Sequence[Sequence[str]], fake: np.ndarray | None, real: np.ndarray | None
) -> bytes:
    """Draw the shares of each column's values, generated (dark) beside real (light), as the bytes of a PNG.

    A panel of numbers spans the real ones (the generated ones, where there are no real), in 20 steps, and all beyond
    falls into its last bars. One of choices has a pair of bars for each value, the first 12. The first 32 columns are
    drawn.

    Args:
        columns: their names.
        words: the values of each column of choices; empty for one of numbers.
        fake: ``(N, columns)`` generated rows at rest, or None.
        real: ``(M, columns)`` real ones, or None, but not both.
    """
    drawn = min(len(columns), MOST_COLUMNS)
    across = min(ACROSS, drawn)
    down = -(-drawn // across)
    high = HIGH + 2 * LINE + GAP
    picture, draw = blank(GAP + across * (PANEL + GAP), HEAD + down * high, TEXT)
    sides = [
        (rows, colour, f"{len(rows):,} {sort}")
        for rows, colour, sort in ((fake, GENERATED, "generated"), (real, REAL, "real"))
        if rows is not None
    ]
    entries = [(colour, told) for _, colour, told in sides]
    if drawn < len(columns):
        entries.append((FRAME, f"the first {drawn} of {len(columns)} columns"))
    legend(draw, (GAP, 8), entries, mark="square", size=11, drop=3, gap=6, space=18)
    for i in range(drawn):
        corner = GAP + i % across * (PANEL + GAP), HEAD + i // across * high
        _panel(draw, corner, columns[i], words[i], [(rows[:, i], colour) for rows, colour, _ in sides])
    return png_bytes(picture, colours=16)


def _panel(
    draw: ImageDraw,
    corner: tuple[int, int],
    name: str,
    words: Sequence[str],
    sides: Sequence[tuple[np.ndarray, Colour]],
) -> None:
    """Draw one column: its name, its bars, and the ends of its axis or its words.

    Args:
        draw: of the canvas.
        corner: the left upper one of the panel, in pixels.
        name: of the column.
        words: its values, where it holds choices.
        sides: ``(N,)`` values with their colour, the real ones last.
    """
    left, top = corner
    floor = top + LINE + HIGH
    draw.text((left, top), _fitted(draw, name, PANEL), INK)
    draw.line((left, floor, left + PANEL, floor), FRAME)
    if words:
        kinds = len(words[:MOST_BARS])
        counts = [np.bincount(values.astype(np.int64), minlength=len(words))[:kinds] for values, _ in sides]
    else:
        kinds, ends = BINS, _ends(sides[-1][0])
        counts = [np.histogram(np.clip(values, *ends), BINS, ends)[0] for values, _ in sides]
        right = f"{ends[1]:.4g}"
        draw.text((left, floor + 2), f"{ends[0]:.4g}", SOFT)
        draw.text((left + PANEL - draw.textlength(right), floor + 2), right, SOFT)
    shares = [count / max(len(values), 1) for count, (values, _) in zip(counts, sides, strict=True)]
    most = max(float(side.max()) for side in shares) or 1.0
    wide = PANEL / kinds
    thick = wide * 0.84 / len(sides)
    for place, (side, (_, colour)) in enumerate(zip(shares, sides, strict=True)):
        for k, share in enumerate(side):
            x = left + k * wide + wide * 0.08 + place * thick
            if share > 0:
                draw.rectangle((x, floor - max(share / most * (HIGH - 4), 1), x + max(thick - 1, 1), floor - 1), colour)
    for k, word in enumerate(words[:kinds]):
        draw.text((left + k * wide + 1, floor + 2), _fitted(draw, word or "(empty)", wide - 4), SOFT)


def _ends(values: np.ndarray) -> tuple[float, float]:
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _fitted(draw: ImageDraw, text: str, wide: float) -> str:
    """Cut a text to a width in pixels."""
    text = text.encode("latin-1", "replace").decode("latin-1")
    if draw.textlength(text) <= wide:
        return text
    while text and draw.textlength(text + "..") > wide:
        text = text[:-1]
    return text + ".." if text else ""
