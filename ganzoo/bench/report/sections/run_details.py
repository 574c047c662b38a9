"""Run details beside the numbers: examinations, alarms, and the best evaluation of each run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ....text import printable
from ...results.bench_files.bench_results import BenchResults
from ...results.formats import NONE, decimals, fixed, number, short
from ...results.run_files.result import Examination, RunResult
from ...stats.statistics import summarise
from ...tables.aggregate import Table
from .figures import csv_link, file_name
from .pictures import DetailPicture, Pictures, shown_run

_TITLES = {
    "memorisation": "Memorisation: are samples copies of training images?",
    "discriminator": "The discriminator: what it tells apart",
    "classification": "Classification: what samples teach a classifier",
}


@dataclass(frozen=True)
class ExaminationView:
    """One examination of all recipes, as the page shows it.

    Attributes:
        title: what it asks.
        shared: what all runs have in common, as names and values.
        heads: its columns.
        rows: a recipe and its values over the finished seeds, one a recipe.
        skipped: sentences on where it could not be done.
        pictures: what it drew, by recipe.
        csv: every value of every run as a data URI.
        name: of that file.
    """

    title: str
    shared: list[tuple[str, str]]
    heads: list[str]
    rows: list[tuple[str, list[str]]]
    skipped: list[str]
    pictures: list[tuple[str, DetailPicture]]
    csv: str
    name: str


def _names(runs: Sequence[RunResult]) -> list[str]:
    return list(dict.fromkeys(name for run in runs for name in run.examinations or {}))


def _words(key: str) -> str:
    return printable(key.replace("_", " "))


def _shared(found: Sequence[Examination], keys: Sequence[str]) -> dict[str, str]:
    """Return the values that are the same in every run, where there are several."""
    if len(found) < 2:
        return {}
    same = {}
    for key in keys:
        values = {one.values.get(key) for one in found}
        if len(values) == 1 and (value := values.pop()) is not None:
            exact = number(value)
            same[key] = printable(str(value)) if exact is None else short(exact)
    return same


def _cell(values: Sequence[Any]) -> str:
    numbers = [known for value in values if (known := number(value)) is not None]
    if not numbers:
        texts = list(dict.fromkeys(str(value) for value in values if value is not None))
        return printable(", ".join(texts)) or NONE
    summary = summarise(numbers)
    digits = min(3, decimals(numbers))
    spread = "" if summary.half_width is None else f" ± {fixed(summary.half_width, digits)}"
    return fixed(summary.mean, digits) + spread


def examinations(results: BenchResults, names: Sequence[str], pictures: Pictures) -> list[ExaminationView]:
    """Every examination that any run had; numbers are means over seeds with their 95 % interval."""
    return [_examination(results, names, pictures, name) for name in _names(results.runs)]


def _examination(results: BenchResults, names: Sequence[str], pictures: Pictures, name: str) -> ExaminationView:
    found = [(run, run.examinations[name]) for run in results.runs if run.examinations and name in run.examinations]
    keys = list(dict.fromkeys(key for _, one in found for key in one.values))
    same = _shared([one for _, one in found if not one.skipped], keys)
    heads = [key for key in keys if key not in same]
    rows, drawn = [], []
    for recipe in names:
        own = [one for run, one in found if run.recipe == recipe and not one.skipped]
        if own:
            rows.append((printable(recipe), [_cell([one.values.get(key) for one in own]) for key in heads]))
        if picture := _drawn(results, recipe, name, pictures):
            drawn.append((printable(recipe), picture))
    skipped = dict.fromkeys(f"{printable(run.recipe)}: {printable(one.skipped)}" for run, one in found if one.skipped)
    every = [(run.recipe, run.seed, *(one.values.get(key) for key in keys)) for run, one in found]
    return ExaminationView(
        _TITLES.get(name, printable(name)),
        [(_words(key), value) for key, value in same.items()],
        [_words(key) for key in heads],
        rows,
        list(skipped),
        drawn,
        csv_link([("recipe", "seed", *keys), *every]),
        file_name(name),
    )


def _shown(results: BenchResults, recipe: str, name: str, pictures: Pictures) -> tuple[RunResult, str] | None:
    """Return the run that stands for a recipe, and the data URI of the picture that its end left under a name."""
    run = shown_run(results.runs_of(recipe))
    path = (run.pictures or {}).get(name) if run else None
    source = pictures.source(run.folder or "", path) if run and path else ""
    return (run, source) if run and source else None


def _drawn(results: BenchResults, recipe: str, name: str, pictures: Pictures) -> DetailPicture | None:
    shown = _shown(results, recipe, name, pictures)
    if shown is None:
        return None
    run, source = shown
    caption = f"seed {run.seed}: the samples nearest to a training image, each above that image"
    return DetailPicture(source, f"{printable(recipe)}, {caption}", caption)


def interpolations(results: BenchResults, names: Sequence[str], pictures: Pictures) -> list[tuple[str, DetailPicture]]:
    """Latent interpolations, by recipe."""
    found = []
    for recipe in names:
        if shown := _shown(results, recipe, "interpolation", pictures):
            alt, caption = f"Latent interpolations of {printable(recipe)}", f"seed {shown[0].seed}"
            found.append((printable(recipe), DetailPicture(shown[1], alt, caption)))
    return found


def alarms(results: BenchResults) -> list[list[str]]:
    """Return a row for each alarm: recipe, seed, kind, where it began and ended, and its sentence."""
    return [
        [
            printable(run.recipe),
            str(run.seed),
            printable(alarm.kind).replace("-", " "),
            NONE if alarm.step is None else f"{alarm.step:,}",
            "to the end" if alarm.until is None else f"{alarm.until:,}",
            printable(alarm.text),
        ]
        for run in results.runs
        for alarm in run.alarms
    ]


def best_rows(results: BenchResults, table: Table) -> list[list[str]]:
    """Return a row for each run with a best evaluation: its place, its optimistic number and its fresh one."""
    columns = {column.key: column for column in table.columns}
    rows = []
    for run in results.runs:
        best = run.best
        column = columns.get(best.metric) if best else None
        if best is None or column is None:
            continue
        values = (best.optimistic.get(column.key), best.metrics.get(column.key), run.metric(column.key))
        rows.append(
            [
                printable(run.recipe),
                str(run.seed),
                f"{short(number(best.kimg))} kimg",
                *(fixed(number(value), column.digits) for value in values),
            ]
        )
    return rows
