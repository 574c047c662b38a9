"""The charts of a page, each with its numbers as a CSV file."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ....text import printable
from ...results.bench_files.bench_results import BenchResults
from ...results.formats import number, short
from ...tables.aggregate import Table, TableColumn
from ..axis import log_scale
from ..charts import ReferenceLine, curve_chart, score_chart
from ..curves import Against, Curve, curves
from .facts import samples_of
from .trade_off import trade_off_chart


@dataclass(frozen=True)
class Figure:
    """A chart on the page.

    Attributes:
        svg: the drawing.
        title: what it shows.
        caption: how it is to be read.
        csv: what it shows as a data URI of a CSV file; empty where there is none.
        name: of that file.
    """

    svg: str
    title: str
    caption: str
    csv: str = ""
    name: str = ""


def csv_link(rows: Iterable[Sequence[object]]) -> str:
    """Rows as a CSV file in a data URI, numbers to eight digits.

    What a spreadsheet would take for a formula is written as text.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
    return "data:text/csv;base64," + base64.b64encode(text.getvalue().encode()).decode()


def _plain(cell: object) -> object:
    if isinstance(cell, str):
        said = printable(cell)
        return f"'{said}" if said[:1] in ("=", "+", "-", "@") else said
    return f"{cell:.8g}" if isinstance(cell, float) else cell


def file_name(*words: str) -> str:
    """Return a file's name made of words."""
    return re.sub(r"[^a-z0-9]+", "-", " ".join(words).lower()).strip("-") + ".csv"


def references(results: BenchResults, column: TableColumn) -> list[ReferenceLine]:
    """Return the metric of the real data: the best that can be hoped for."""
    real = number((results.real or {}).get(column.key))
    floor = number((results.floor or {}).get(column.key))
    if column.better == "higher" and real is not None:
        return [ReferenceLine("real data", real)]
    return [] if floor is None else [ReferenceLine("real halves", floor)]


def curve_figures(results: BenchResults, column: TableColumn) -> list[Figure]:
    """Return a metric against images, turns of D, and seconds; without those that no run tells."""
    axes: tuple[tuple[Against, str], ...] = (
        ("kimg", f"kimg (thousand real {samples_of(results)} shown to D)"),
        ("d_steps", "turns of D"),
        ("seconds", "seconds of training"),
    )
    figures = []
    for against, label in axes:
        found = curves(results, column.key, against)
        if not found:
            continue
        svg, left_out = curve_chart(found, column, label, references(results, column))
        values = [value for curve in found for trace in curve.traces for _, value in trace.points]
        caption = ["Logarithmic scale."] if log_scale(column.better, values) else []
        caption += [f"Not drawn: {one.label}, {short(one.value)}." for one in left_out]
        name = label.partition(" (")[0]
        figures.append(
            Figure(
                svg,
                f"{column.title} against {name}",
                " ".join(caption),
                csv_link([("recipe", "seed", against, column.key), *_curve_rows(found)]),
                file_name(column.key, against),
            )
        )
    return figures


def _curve_rows(found: Sequence[Curve]) -> list[tuple[object, ...]]:
    return [(curve.recipe, trace.seed, x, y) for curve in found for trace in curve.traces for x, y in trace.points]


def score_figures(results: BenchResults, table: Table) -> list[tuple[TableColumn, Figure]]:
    """Return the final scores of every seed, a figure a metric."""
    figures = []
    for column in table.columns:
        if svg := score_chart(table, column, references(results, column)):
            rows = [(run.recipe, run.seed, run.outcome, (run.metrics or {}).get(column.key)) for run in results.runs]
            link = csv_link([("recipe", "seed", "status", column.key), *rows])
            title = f"{column.title}, final, every seed"
            caption = f"{column.better.capitalize()} is better."
            figures.append((column, Figure(svg, title, caption, link, file_name(column.key, "final"))))
    return figures


def trade_off_figure(table: Table) -> Figure | None:
    """Return the first metric against the speed of training; None with fewer than two recipes that have both."""
    if not table.columns:
        return None
    column = table.columns[0]
    known = [
        (index, row, summary)
        for index, row in enumerate(table.rows)
        if (summary := row.metrics[column.key]) is not None and row.images_per_second
    ]
    if len(known) < 2:
        return None
    rows = [(row.recipe, row.images_per_second, summary.mean) for _, row, summary in known]
    return Figure(
        trade_off_chart(column, [(index, row.recipe, row.images_per_second or 0.0, s) for index, row, s in known]),
        f"{column.title} against speed",
        "Mean over the finished seeds with its 95 % interval; logarithmic in speed.",
        csv_link([("recipe", "images_per_second", column.key), *rows]),
        file_name(column.key, "speed"),
    )
