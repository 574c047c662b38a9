"""Tables of single classes on the page of a bench."""

from __future__ import annotations

from dataclasses import dataclass

from ....text import printable
from ...results.bench_files.bench_results import BenchResults
from ...results.formats import NONE, short
from ...tables.classes import NumbersOfClasses, csv_rows, numbers_of_classes
from .figures import csv_link, file_name

MOST = 20  # classes that a table shows: of more, the worst


@dataclass(frozen=True)
class ClassesView:
    """One metric, class by class, as the page shows it.

    Attributes:
        title: the metric.
        heads: the titles of the columns.
        rows: a class and its cells, the worst class first; a cell is a text, and whether it is a recipe's worst class.
        left: how many classes are left to the CSV file.
        csv: every value of every run as a data URI.
        name: of that file.
    """

    title: str
    heads: list[str]
    rows: list[tuple[str, list[tuple[str, bool]]]]
    left: int
    csv: str
    name: str


def views(results: BenchResults) -> list[ClassesView]:
    """Return a table for each metric that takes each class by itself."""
    return [_view(metric) for metric in numbers_of_classes(results)]


def _view(metric: NumbersOfClasses) -> ClassesView:
    order = metric.worst_first()
    worst = {recipe: metric.worst_first(recipe)[0] for recipe in metric.recipes}
    rows = []
    for name in order[:MOST]:
        shared = metric.any_of(name)
        told = [f"{shared.real:,}", NONE if shared.floor is None else short(shared.floor)]
        means = {recipe: metric.mean(recipe, name) for recipe in metric.recipes}
        cells = [(NONE if value is None else short(value), worst[recipe] == name) for recipe, value in means.items()]
        rows.append((printable(name), [*((text, False) for text in told), *cells]))
    return ClassesView(
        printable(metric.heading.label),
        ["class", "real", "floor", *map(printable, metric.recipes)],
        rows,
        len(order) - len(rows),
        csv_link(csv_rows(metric)),
        file_name(metric.heading.key, "by class"),
    )
