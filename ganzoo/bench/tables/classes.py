"""Numbers of single classes behind the metrics that take each class by itself."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...text import printable
from ..results.bench_files.bench_results import BenchResults, MetricHeading
from ..results.formats import short
from ..results.run_files.result import ClassNumber


@dataclass(frozen=True)
class NumbersOfClasses:
    """One metric's numbers of single classes.

    Attributes:
        heading: the metric.
        found: of each finished run, by recipe, seed and class.
    """

    heading: MetricHeading
    found: dict[str, dict[int, dict[str, ClassNumber]]]

    @property
    def classes(self) -> list[str]:
        """The classes of all runs, in their order."""
        return list(dict.fromkeys(name for seeds in self.found.values() for one in seeds.values() for name in one))

    @property
    def recipes(self) -> list[str]:
        """The recipes that have numbers."""
        return list(self.found)

    def mean(self, recipe: str, name: str) -> float | None:
        """Return a recipe's number of a class, the mean over its finished seeds; None where it has none."""
        values = [one[name].value for one in self.found[recipe].values() if name in one]
        return math.fsum(values) / len(values) if values else None

    def any_of(self, name: str) -> ClassNumber:
        """Return some run's number of a class, for what is the same in all: its floor, and its real samples."""
        return next(one[name] for seeds in self.found.values() for one in seeds.values() if name in one)

    def worst_first(self, recipe: str | None = None) -> list[str]:
        """Return the classes, the worst first: of a recipe, or by the worst of all recipes."""
        sign = 1 if self.heading.better == "lower" else -1
        names = self.recipes if recipe is None else [recipe]

        def badness(name: str) -> float:
            return max(
                (sign * value for one in names if (value := self.mean(one, name)) is not None), default=-math.inf
            )

        return sorted(self.classes, key=badness, reverse=True)


def numbers_of_classes(results: BenchResults) -> list[NumbersOfClasses]:
    """Return the metrics that have numbers of single classes, in the order of the columns."""
    every = []
    for heading in results.columns:
        found: dict[str, dict[int, dict[str, ClassNumber]]] = {}
        for name in results.recipe_names:
            for run in results.runs_of(name):
                last = run.evaluations[-1].by_class if run.done and run.evaluations else {}
                if heading.key in last:
                    found.setdefault(name, {})[run.seed] = last[heading.key]
        if found:
            every.append(NumbersOfClasses(heading, found))
    return every


def worst_classes(results: BenchResults) -> Iterator[str]:
    """Yield a sentence a metric that names the worst class of each recipe, beside the floor of that class."""
    for metric in numbers_of_classes(results):
        said = ", ".join(f"{printable(recipe)} {_worst(metric, recipe)}" for recipe in metric.recipes)
        yield f"Worst class by {printable(metric.heading.label)}: {said}."


def _worst(metric: NumbersOfClasses, recipe: str) -> str:
    name = metric.worst_first(recipe)[0]
    value = metric.mean(recipe, name)
    return worst_in_words(name, math.nan if value is None else value, metric.any_of(name).floor)


def worst_in_words(name: str, value: float, floor: float | None) -> str:
    """Name a class with its number and its floor, such as ``8 (41.2, floor 9.7)``."""
    return f"{printable(name)} ({short(value)}{'' if floor is None else f', floor {short(floor)}'})"


def csv_rows(metric: NumbersOfClasses) -> Sequence[Sequence[object]]:
    """Return a head and a row for each recipe, seed and class."""
    rows: list[Sequence[object]] = [("recipe", "seed", "class", metric.heading.key, "floor", "generated", "real")]
    for recipe, seeds in metric.found.items():
        for seed, classes in seeds.items():
            rows += [(recipe, seed, name, n.value, n.floor, n.generated, n.real) for name, n in classes.items()]
    return rows
