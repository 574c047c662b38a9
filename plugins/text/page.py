"""Lines of text on a page, as one PNG."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from ganzoo.drawing.canvas import blank
from ganzoo.drawing.palette import INK, RULE, SOFT
from ganzoo.drawing.png import png_bytes

TEXT, LINE, HEAD, GAP = 15, 21, 36, 24
MOST_LINES, MOST_COLUMNS = 40, 6
LEAST = 150  # pixels of a column


def page_png(columns: Sequence[tuple[str, Sequence[str]]], length: int) -> bytes:
    """Write columns of lines side by side, each under its title, as the bytes of a PNG.

    The font has little else than ASCII: other letters are written without their accents, or as ``?``. The first 40
    lines of the first 6 columns are written.

    Args:
        columns: titles and lines.
        length: how many characters a line has at most; a column is as wide as its longest line at least.
    """
    told = [(title, [drawable(line) for line in lines[:MOST_LINES]]) for title, lines in columns[:MOST_COLUMNS]]
    _, ruler = blank(1, 1, TEXT)
    usual = ruler.textlength("n" * length)
    wide = round(max([LEAST, usual, *(ruler.textlength(line) for _, lines in told for line in lines)]))
    high = max(len(lines) for _, lines in told)
    picture, draw = blank(GAP + len(told) * (wide + GAP), HEAD + high * LINE + GAP // 2, TEXT)
    for place, (title, lines) in enumerate(told):
        left = GAP + place * (wide + GAP)
        draw.text((left, 8), title, SOFT)
        draw.line((left, HEAD - 6, left + wide, HEAD - 6), RULE)
        for row, line in enumerate(lines):
            draw.text((left, HEAD + row * LINE), line, INK)
    return png_bytes(picture, colours=16)


def drawable(line: str) -> str:
    """Return a line in ASCII: letters without accents, ``?`` for others."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", line) if not unicodedata.combining(one))
    return plain.encode("ascii", "replace").decode("ascii")
