"""A table in HTML, as a notebook shows it."""

import html
from collections.abc import Iterable

from ...text import printable

Cell = str | tuple[str, str]
"""A text, or a text and the element that marks it, such as ``b``."""


def notebook_table(titles: Iterable[str], rows: Iterable[Iterable[Cell]]) -> str:
    """Return a table in HTML; whatever is in its texts is shown, and not obeyed.

    Args:
        titles: of the columns.
        rows: cells, as many in each as there are titles.
    """
    head = "".join(f"<th>{html_text(title)}</th>" for title in titles)
    body = "".join(f"<tr>{''.join(f'<td>{_marked(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def html_text(text: str) -> str:
    """Return a text, in one line, that HTML shows as it stands here."""
    return html.escape(printable(text))


def _marked(cell: Cell) -> str:
    if isinstance(cell, str):
        return html_text(cell)
    text, element = cell
    return f"<{element}>{html_text(text)}</{element}>"
