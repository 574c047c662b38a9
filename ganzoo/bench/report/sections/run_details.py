"""What the ends of the runs say beside the numbers: examinations, alarms, and the best of each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ....text import printable
from ...results.formats import NONE, decimals, fixed, number, short
from ...stats.statistics import summarise
from ...tables.aggregate import Table
from .figures import csv_link, file_name
from .pictures import Picture, Pictures, shown_run

_TITLES = {
    "memorisation": "Memorisation: are samples copies of training images?",
    "discriminator": "The discriminator: what it tells apart",
    "classification": "Classification: what samples teach a classifier",
}


@dataclass(frozen=True)
class Examination:
    """One examination of all recipes.

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
    pictures: list[tuple[str, Picture]]
    csv: str
    name: str


def _names(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for run in runs for name in run.get("examinations") or {}))


def _values(found: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key not in ("warnings", "skipped")}


def _words(key: str) -> str:
    return printable(key.replace("_", " "))


def _shared(found: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> dict[str, str]:
    """What is the same in every run, where there are several."""
    if len(found) < 2:
        return {}
    same = {}
    for key in keys:
        values = {one.get(key) for one in found}
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


def examinations(results: Mapping[str, Any], names: Sequence[str], pictures: Pictures) -> list[Examination]:
    """Every examination that any run had; numbers are means over seeds with their 95 % interval."""
    made = []
    for name in _names(results["runs"]):
        found = [(run, run["examinations"][name]) for run in results["runs"] if name in (run.get("examinations") or {})]
        keys = list(dict.fromkeys(key for _, one in found for key in _values(one)))
        same = _shared([one for _, one in found if not one.get("skipped")], keys)
        told = [key for key in keys if key not in same]
        rows, drawn = [], []
        for recipe in names:
            own = [one for run, one in found if run["recipe"] == recipe and not one.get("skipped")]
            if own:
                rows.append((printable(recipe), [_cell([one.get(key) for one in own]) for key in told]))
            if picture := _drawn(results, recipe, name, pictures):
                drawn.append((printable(recipe), picture))
        skipped = dict.fromkeys(
            f"{printable(run['recipe'])}: {printable(str(one['skipped']))}" for run, one in found if one.get("skipped")
        )
        every = [(run["recipe"], run["seed"], *(one.get(key) for key in keys)) for run, one in found]
        made.append(
            Examination(
                _TITLES.get(name, printable(name)),
                [(_words(key), value) for key, value in same.items()],
                [_words(key) for key in told],
                rows,
                list(skipped),
                drawn,
                csv_link([("recipe", "seed", *keys), *every]),
                file_name(name),
            )
        )
    return made


def _drawn(results: Mapping[str, Any], recipe: str, name: str, pictures: Pictures) -> Picture | None:
    run = shown_run([run for run in results["runs"] if run["recipe"] == recipe])
    path = ((run or {}).get("pictures") or {}).get(name)
    source = pictures.source(run["folder"], path) if run and path else ""
    if not run or not source:
        return None
    said = f"seed {run['seed']}: the samples nearest to a training image, each above that image"
    return Picture(source, f"{printable(recipe)}, {said}", said)


def interpolations(results: Mapping[str, Any], names: Sequence[str], pictures: Pictures) -> list[tuple[str, Picture]]:
    """Ways between latents, by recipe."""
    found = []
    for recipe in names:
        run = shown_run([run for run in results["runs"] if run["recipe"] == recipe])
        path = ((run or {}).get("pictures") or {}).get("interpolation")
        if run and path and (source := pictures.source(run["folder"], path)):
            caption = f"seed {run['seed']}"
            found.append((printable(recipe), Picture(source, f"Latent interpolations of {printable(recipe)}", caption)))
    return found


def alarms(results: Mapping[str, Any]) -> list[list[str]]:
    """A row for each alarm: recipe, seed, kind, where it began and ended, and what it says."""
    rows = []
    for run in results["runs"]:
        for alarm in run.get("alarms") or ():
            end = alarm.get("until")
            rows.append(
                [
                    printable(run["recipe"]),
                    str(run["seed"]),
                    printable(str(alarm.get("kind"))).replace("-", " "),
                    f"{alarm.get('step'):,}" if isinstance(alarm.get("step"), int) else NONE,
                    f"{end:,}" if isinstance(end, int) else "to the end",
                    printable(str(alarm.get("text") or "")),
                ]
            )
    return rows


def best_rows(results: Mapping[str, Any], table: Table) -> list[list[str]]:
    """A row for each run whose best evaluation was judged again: where it was, its optimistic and its fresh number."""
    labels = {column.key: column for column in table.columns}
    rows = []
    for run in results["runs"]:
        best = run.get("best")
        column = labels.get((best or {}).get("metric", ""))
        if not best or column is None:
            continue
        values = (best["optimistic"].get(column.key), best["metrics"].get(column.key), run["metrics"].get(column.key))
        rows.append(
            [
                printable(run["recipe"]),
                str(run["seed"]),
                f"{short(number(best['kimg']))} kimg",
                *(fixed(number(value), column.digits) for value in values),
            ]
        )
    return rows
