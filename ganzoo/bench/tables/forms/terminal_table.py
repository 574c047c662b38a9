"""A bench's table on a terminal, drawn by rich."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from ....text import printable, written_out
from ...results.formats import fixed
from ..model import COSTS, Table, TableColumn, cell, costs

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

_EDIT = re.compile(r"@published|:(?=\S)")  # begins a form or an edit; the colons of a mapping have a space behind them


@dataclass(frozen=True)
class _Layout:
    """The room that the terminal's table may take.

    Attributes:
        fold_names: break a variant's name before each of its edits, and before ``@published``.
        fold_titles: put ``@10k ↓`` below the label.
        fold_values: put ``± 0.45`` below the mean.
        bare_baselines: leave the number of samples behind a baseline's name to the note below the table.
    """

    fold_names: bool
    fold_titles: bool
    fold_values: bool
    bare_baselines: bool = False


# From the roomy to the tight one; past the last, the columns are spread over several tables.
_LAYOUTS = (
    _Layout(fold_names=False, fold_titles=False, fold_values=False),
    _Layout(fold_names=False, fold_titles=True, fold_values=False),
    _Layout(fold_names=True, fold_titles=True, fold_values=False),
    _Layout(fold_names=True, fold_titles=True, fold_values=True),
    _Layout(fold_names=True, fold_titles=True, fold_values=True, bare_baselines=True),
)
_NARROWEST_NAME = 14


def print_table(table: Table, stream: IO[str] | None = None, width: int | None = None, *, escapes: bool = True) -> None:
    """Print the table and what stands below it to ``stream`` (stdout) through rich, never wider than it is.

    Colour and bold only where ``stream`` is a terminal; NO_COLOR and TERM=dumb are respected, and where there is
    no bold the best values carry a ``*``.

    Args:
        table: what to show.
        stream: where to; stdout by default.
        width: columns to use; the terminal's by default, or 80.
        escapes: colour and bold may be written, as the stream and FORCE_COLOR say; False: never.
    """
    from rich.text import Text

    from ....console import SafeConsole

    forced = {} if escapes else {"force_terminal": False}
    console = SafeConsole(file=stream if stream is not None else sys.stdout, width=width, **forced)
    plain = _is_plain(console)
    for drawn in fitting(table, console):
        console.print(drawn)
    for reason in table.reasons:
        console.print(Text(encodable(reason, console), style="red"), soft_wrap=False)
    for warning in table.warnings:
        console.print(Text(encodable(warning, console), style="yellow"), soft_wrap=False)
    if table.reasons or table.warnings:
        console.print()
    for note in table.notes:
        said = note.replace("Bold:", "*:") if plain else note
        console.print(Text(encodable(said, console), style="dim"))


def _is_plain(console: Console) -> bool:
    return not console.is_terminal or console.is_dumb_terminal


def fitting(table: Table, console: Console) -> list[RichTable]:
    """Return the table without what stands below it, never wider than ``console``: in several, where it must be."""
    plain = _is_plain(console)
    for layout in _LAYOUTS:
        drawn = _drawn(table, table.columns, layout, console, plain, with_costs=table.with_costs)
        if _width(drawn, console) <= console.width:
            return [drawn]
    parts: list[RichTable] = []
    left = list(table.columns)
    while left:
        for taken in range(len(left), 0, -1):
            with_costs = table.with_costs and taken == len(left)
            drawn = _drawn(table, left[:taken], _LAYOUTS[-1], console, plain, with_costs)
            if taken == 1 or _narrowest(drawn, console) <= console.width:
                break
        if with_costs and taken == 1 and _narrowest(drawn, console) > console.width:
            # One metric and the costs side by side are too much: the costs get a table of their own.
            parts.append(_drawn(table, left, _LAYOUTS[-1], console, plain, with_costs=False))
            drawn = _drawn(table, [], _LAYOUTS[-1], console, plain, with_costs=True)
        parts.append(drawn)
        left = left[taken:]
    return parts


def _width(drawn: RichTable, console: Console) -> int:
    """Return the width that ``drawn`` would like to have, however wide the console is."""
    return console.measure(drawn, options=console.options.update(width=10_000)).maximum


def _narrowest(drawn: RichTable, console: Console) -> int:
    """Return the width of ``drawn`` with its names folded as far as they may be."""
    widest = max(len(line) for text in drawn.columns[0].cells for line in str(text).split("\n"))
    return _width(drawn, console) - max(0, widest - _NARROWEST_NAME)


def _drawn(
    table: Table, columns: Sequence[TableColumn], layout: _Layout, console: Console, plain: bool, with_costs: bool
) -> RichTable:
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    def text(words: str, style: str = "") -> Text:
        return Text(encodable(words, console), style=style)

    drawn = RichTable(
        box=box.HORIZONTALS, collapse_padding=True, pad_edge=False, header_style="none", border_style="dim"
    )
    drawn.add_column(text("recipe"), overflow="fold", min_width=_NARROWEST_NAME if layout.fold_names else None)
    titles = [*table.first_titles[1:]]
    titles += [c.label + ("\n" if layout.fold_titles else "") + c.sample for c in columns]
    titles += COSTS if with_costs else []
    for title in titles:
        drawn.add_column(text(title), justify="right", no_wrap=True)
    for i, row in enumerate(table.rows):
        name = printable(row.recipe)
        cells = [text(_EDIT.sub(r"\n \g<0>", name) if layout.fold_names else name)]
        cells.append(text(row.seeds, "" if row.done == row.asked else "red"))
        cells += [text(row.rank)] if table.ranked else []
        for column in columns:
            value = cell(row, column)
            value = value.replace(" ±", "\n±").replace(" (±", "\n(±") if layout.fold_values else value
            best = column.key in row.best
            cells.append(text(f"*{value}" if best and plain else value, "bold" if best else ""))
        cells += [text(cost) for cost in costs(row)] if with_costs else []
        drawn.add_row(*cells, end_section=i == len(table.rows) - 1)
    for baseline in table.baselines if columns else ():
        values = [fixed(baseline.values[column.key], column.digits) for column in columns]
        name = baseline.name.partition(" @")[0] if layout.bare_baselines else baseline.name
        drawn.add_row(
            text(name), *[""] * (len(table.first_titles) - 1), *(text(value) for value in values), style="dim"
        )
    return drawn


# Signs for a terminal that knows only ASCII.
_ASCII = str.maketrans({"±": "+-", "↓": "v", "↑": "^", "—": "-", "†": "!", "‡": "!!", "§": "#"})


def encodable(text: str, console: Console) -> str:
    """``text`` as far as it is printable and the console's encoding can show it, and the rest written out."""
    text = written_out(text)
    encoding = console.encoding
    if encoding.startswith("utf"):
        return text
    return text.translate(_ASCII).encode(encoding, "backslashreplace").decode(encoding)
