"""Plain tables of text: aligned, as wide as the terminal up to 160 columns and 100 elsewhere, no escape codes."""

import shutil
import textwrap
from collections.abc import Sequence
from itertools import zip_longest

from ..text import printable

WIDTH = 100  # where the terminal does not tell its own
_WIDEST = 160
_GAP = 2
_MIDDLE = 24  # columns that a cell between the name and the last one takes at most
_LAST = 24  # columns that the last cell of a row keeps, however long the names before it are


def shorten(text: str, width: int) -> str:
    """Cut a text to a width, between two words where that loses little."""
    if len(text) <= width:
        return text
    cut = text[: width - 3]
    at_word = cut.rpartition(" ")[0]
    return (at_word if len(at_word) > width // 2 else cut).rstrip(" ,;:.(") + "..."


def table(rows: Sequence[Sequence[str]], head: Sequence[str], *, whole: bool = False, wrapped: bool = False) -> str:
    """Lines of aligned cells below a head; the last column takes what is left.

    Args:
        rows: of cells.
        head: of the columns.
        whole: the last cell of a row is kept whole, and goes on in further lines below itself; else it is cut.
        wrapped: so is every other cell; else they are cut.
    """
    width = max(60, min(_WIDEST, shutil.get_terminal_size((WIDTH, 24)).columns))
    rows = [list(head), *([printable(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head) - 1)]
    widths[1:] = [min(width, _MIDDLE) for width in widths[1:]]
    while sum(widths) + _GAP * len(widths) > width - _LAST:
        widest = max(range(len(widths)), key=widths.__getitem__)
        widths[widest] -= 1
    last = width - sum(widths) - _GAP * len(widths)
    lines = []
    for row in rows:
        cells = [_fitted(cell, w, keep=wrapped) for cell, w in zip(row, widths, strict=False)]
        cells.append(_fitted(row[-1], last, keep=whole))
        for parts in zip_longest(*cells, fillvalue=""):
            lines.append(
                (" " * _GAP).join(part.ljust(w) for part, w in zip(parts, [*widths, last], strict=True)).rstrip()
            )
    return "\n".join(lines)


def _fitted(cell: str, width: int, *, keep: bool) -> list[str]:
    """Give the lines of a cell: as many as it takes, or one that is cut."""
    return (textwrap.wrap(cell, width) or [""]) if keep else [shorten(cell, width)]
