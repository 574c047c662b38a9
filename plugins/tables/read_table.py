"""Tables from files of one's own."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ganzoo.errors import DataError
from ganzoo.interfaces import Rows

from .columns import Column, column_of
from .fit import Modes, modes_of
from .modality import Table

MOST_TOLD = 10  # values of a choice in an error


def read_table(path: Path) -> Rows:
    """Read a file of columns with a line of names: commas, semicolons or tabs between them, points in numbers.

    Raises:
        DataError: it is no such table, or a number is missing; the message names the line and the remedy.
        SetupError: scikit-learn is not there, which fits the modes of numbers.
    """
    return table_of(columns_of(path))


def columns_of(path: Path) -> list[Column]:
    """Return the columns of a file; errors as for ``read_table``."""
    names, lines = _cells(path)
    return [column_of(name, cells, path.name) for name, cells in zip(names, zip(*lines, strict=True), strict=True)]


def table_of(columns: Sequence[Column], modes: Sequence[Modes] | None = None) -> Rows:
    """Return columns as a table at rest.

    Args:
        columns: at least one.
        modes: of each column, where they were fitted before; None to fit them.
    """
    if modes is None:
        modes = [() if column.words else modes_of(column.values) for column in columns]
    table = Table(
        columns=tuple(column.name for column in columns),
        modes=tuple(modes),
        words=tuple(column.words for column in columns),
        decimals=tuple(column.decimals for column in columns),
    )
    fields: dict[str, np.ndarray] = {"x": np.stack([column.values for column in columns], axis=1).astype(np.float32)}
    if table.values:
        fields["y"] = np.arange(len(table.values))
    return Rows(table, fields, table.values)


def read_columns_of(table: Table, path: Path) -> Rows:
    """Read a file as rows of a table that is known, whatever the order of its columns.

    Raises:
        DataError: it has other columns, a number is missing, or a choice is none of the table's.
    """
    names, lines = _cells(path)
    for told, one, other in (("lacks", table.columns, names), ("has besides", names, table.columns)):
        if unlike := [name for name in one if name not in other]:
            raise DataError(
                f"{path.name} {told} the column{'s' * (len(unlike) > 1)} {', '.join(unlike)}: give it the columns "
                f"of the table that it is compared with, {', '.join(table.columns)}"
            )
    cells = dict(zip(names, zip(*lines, strict=True), strict=True))
    columns = [
        _values(name, cells[name], words, path.name) for name, words in zip(table.columns, table.words, strict=True)
    ]
    fields = {"x": np.stack(columns, axis=1).astype(np.float32)}
    return Rows(table, fields | ({"y": np.arange(len(table.values))} if table.values else {}), table.values)


def _values(name: str, cells: Sequence[str], words: Sequence[str], file: str) -> np.ndarray:
    """Return a column's numbers, or the places of its cells among the words of a choice."""
    index = {word: place for place, word in enumerate(words)}
    found = np.empty(len(cells))
    for row, cell in enumerate(cells):
        text = cell.strip()
        if words and text not in index:
            raise DataError(
                f"column {name!r} of {file} has {text or 'nothing'} in row {row + 2}, which is none of the values of "
                f"the table that it is compared with, {', '.join(words[:MOST_TOLD])}: take such rows out"
            )
        found[row] = index[text] if words else _finite(text)
        if not words and not math.isfinite(found[row]):
            raise DataError(
                f"column {name!r} of {file} holds numbers, and row {row + 2} has {text or 'nothing'} there: take the "
                "row out, or fill in a number"
            )
    return found


def _finite(text: str) -> float:
    return float(text) if _is_number(text) else math.nan


def _cells(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the names of the columns, and the lines below."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path.name} cannot be read as text in UTF-8: save it so") from error
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    try:
        lines = [line for line in csv.reader(text.splitlines(), delimiter=mark, strict=True) if line]
    except csv.Error as error:
        raise DataError(f"{path.name} is no table of columns: {error}") from error
    if len(lines) < 3:
        raise DataError(f"{path.name} has {len(lines)} lines, and a table needs one of names and two of rows at least")
    names = [name.strip() for name in lines[0]]
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(names):
            raise DataError(
                f"row {number} of {path.name} has {len(line)} cells, and the line of names {len(names)}: "
                "give every row one cell for each name"
            )
    if all(_is_number(name) for name in names):
        raise DataError(f"{path.name} begins with numbers: put a line with the columns' names above them")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None or "" in names:
        said = "a column without a name" if twice in (None, "") else f"two columns named {twice!r}"
        raise DataError(f"{path.name} has {said}: give each its own")
    return names, lines[1:]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
