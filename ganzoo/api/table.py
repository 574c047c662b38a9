"""A list that shows itself as a table, in a notebook and in a terminal."""

from collections.abc import Iterable, Sequence
from typing import Any, Generic, SupportsIndex, TypeVar, overload

from ..bench.results.notebook_table import notebook_table
from ..text import printable

T = TypeVar("T")
MOST = 72  # characters of a cell in plain text; a notebook shows them all


class TableList(list[T], Generic[T]):
    """A list of things of one kind, which shows itself as a table of some of their attributes.

    Args:
        rows: the things.
        columns: the attributes that the table shows.
    """

    def __init__(self, rows: Iterable[T], columns: Sequence[str]) -> None:
        super().__init__(rows)
        self._columns = tuple(columns)

    @overload
    def __getitem__(self, key: SupportsIndex) -> T: ...
    @overload
    def __getitem__(self, key: slice) -> "TableList[T]": ...
    def __getitem__(self, key: SupportsIndex | slice) -> "T | TableList[T]":
        """Give one of them, or those of a slice as a table."""
        if isinstance(key, slice):
            return TableList(super().__getitem__(key), self._columns)
        return super().__getitem__(key)

    def __repr__(self) -> str:
        """Return the table as plain text."""
        if not self:
            return "[]"
        lines = [list(self._columns), *([_cut(cell) for cell in row] for row in self._cells())]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self._columns))]
        return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)

    def _repr_html_(self) -> str:
        """Return the table as a notebook shows it."""
        return notebook_table(self._columns, self._cells())

    def _cells(self) -> Iterable[list[str]]:
        for row in self:
            yield [_written(getattr(row, name)) for name in self._columns]


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else printable(str(value))


def _cut(cell: str) -> str:
    return cell if len(cell) <= MOST else cell[: MOST - 3] + "..."
