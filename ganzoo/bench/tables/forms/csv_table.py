"""A bench's table as comma-separated values: every digit, nothing rounded, for a spreadsheet or a script."""

import csv
import io
from collections.abc import Iterator

from ....text import printable
from ...stats.statistics import Summary
from ..mixed import mixed_in_words
from ..model import Table, TableRow

_COSTS = ("images_per_second", "peak_memory_mb", "seconds")
_FORMULA = ("=", "+", "-", "@")  # what a spreadsheet takes for the start of a formula


def csv_table(table: Table) -> str:
    """One line a recipe below a head, each line with a line feed at its end.

    Of each metric there are its mean, the half-width of the mean's 95 % interval (empty with one seed), the number of
    values, and the smallest and the largest of them, under ``fid_mean``, ``fid_half_width``, ``fid_n``, ``fid_min`` and
    ``fid_max``. What is not known is empty. Rank is by the first metric, as in the table on the terminal. The
    last column says in what a row's runs were not made alike; it is empty where they were.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    metrics = [
        f"{printable(column.key)}_{part}"
        for column in table.columns
        for part in ("mean", "half_width", "n", "min", "max")
    ]
    writer.writerow(
        ["recipe", "seeds_done", "seeds_asked", "rank", *metrics, *(_COSTS if table.with_costs else ()), "mixed"]
    )
    for row in table.rows:
        values = [value for column in table.columns for value in _numbers(row.metrics[column.key])]
        costs = _costs(row) if table.with_costs else ()
        writer.writerow(
            [_name(row), row.done, row.asked, row.rank, *values, *costs, printable(mixed_in_words(row.mixed))]
        )
    return text.getvalue()


def _name(row: TableRow) -> str:
    name = printable(row.recipe)
    return f"'{name}" if name.startswith(_FORMULA) else name


def _numbers(summary: Summary | None) -> tuple[float | int | None, ...]:
    if summary is None:
        return None, None, 0, None, None
    return summary.mean, summary.half_width, summary.n, min(summary.values), max(summary.values)


def _costs(row: TableRow) -> Iterator[float | None]:
    yield from (row.images_per_second, row.peak_memory_mb, row.seconds)
