"""From ``results.json`` to the table of a bench, and its forms on the terminal and in Markdown."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...text import printable
from ..results.formats import count, decimals, number
from ..stats.ranking import rank
from ..stats.statistics import Summary, summarise
from .markdown_table import markdown
from .model import ARROWS, Baseline, Column, Row, Table, cell
from .notes import devices_of, notes_below, reasons_below, warnings_below
from .terminal_table import print_table

__all__ = ["Column", "Row", "Table", "aggregate", "cell", "markdown", "print_table", "recipe_names"]


def recipe_names(results: Mapping[str, Any]) -> list[str]:
    """The recipes in the order asked."""
    names = dict.fromkeys(results.get("recipes") or {})
    names.update(dict.fromkeys(run["recipe"] for run in results["runs"]))
    return list(names)


def _column(spec: Mapping[str, str], results: Mapping[str, Any]) -> Column:
    key = spec["key"]
    means = [value for run in results["runs"] if run["status"] == "done" and (value := _value(run, key)) is not None]
    sample = f"@{count(results['samples'])} {ARROWS[spec['better']]}"
    label = printable(spec["label"])
    real = number((results.get("real") or {}).get(key))
    # One decimal says enough of shares in per cent, and of the mean of counts, which are whole of the real data too.
    # A share that happens to be 0 and 1 is no count.
    counts = real is not None and real > 1 and all(value.is_integer() for value in (real, *means))
    return Column(key, label, sample, spec["better"], 1 if counts or label.endswith("%") else decimals(means))


def _value(run: Mapping[str, Any], key: str, field: str = "metrics") -> float | None:
    return number((run.get(field) or {}).get(key))


def _summary(runs: Iterable[Mapping[str, Any]], key: str) -> Summary | None:
    known = [(value, _value(run, key, "spreads")) for run in runs if (value := _value(run, key)) is not None]
    return summarise([value for value, _ in known], known[0][1]) if known else None


def _present(runs: Iterable[Mapping[str, Any]], key: str) -> list[float]:
    return [value for run in runs if (value := number(run.get(key))) is not None]


def _row(recipe: str, runs: Sequence[Mapping[str, Any]], asked: int, columns: Sequence[Column]) -> Row:
    done = [run for run in runs if run["status"] == "done"]
    speeds, memories, seconds = (_present(done, key) for key in ("images_per_second", "peak_memory_mb", "seconds"))
    return Row(
        recipe=recipe,
        done=len(done),
        asked=max(asked, len(runs)),
        metrics={column.key: _summary(done, column.key) for column in columns},
        best=frozenset(),
        rank="",
        images_per_second=statistics.median(speeds) if speeds else None,
        peak_memory_mb=max(memories, default=None),
        seconds=statistics.fmean(seconds) if seconds else None,
    )


def _scores(runs: Iterable[Mapping[str, Any]], key: str) -> dict[int, float | None]:
    """The number of each seed that was played; None where the run failed, or has no such number."""
    played = [run for run in runs if run["status"] != "skipped"]
    return {run["seed"]: _value(run, key) if run["status"] == "done" else None for run in played}


def _baselines(results: Mapping[str, Any], columns: Sequence[Column]) -> tuple[Baseline, ...]:
    held_out = results.get("held_out") or {}
    rows = []
    for name, n, values in (
        ("held-out", held_out.get("n"), held_out.get("baseline")),
        ("real halves", results.get("floor_n"), results.get("floor")),
        ("real data", None, results.get("real")),
    ):
        known = {column.key: number((values or {}).get(column.key)) for column in columns}
        rows.append(Baseline(f"{name} @{count(n)}" if n else name, known))
    return tuple(row for row in rows if any(value is not None for value in row.values.values()))


def aggregate(results: Mapping[str, Any]) -> Table:
    """The table of a bench from the content of its ``results.json``.

    Only finished runs give means; the others are counted in the seeds column, listed with their reasons, and count as
    the worst value where recipes are ranked.
    """
    names = recipe_names(results)
    runs = {name: [run for run in results["runs"] if run["recipe"] == name] for name in names}
    columns = tuple(_column(spec, results) for spec in results["columns"])
    rows = [_row(name, runs[name], len(results["seeds"]), columns) for name in names]
    rankings = {c.key: rank({name: _scores(runs[name], c.key) for name in names}, c.better) for c in columns}
    best = {name: frozenset(key for key, found in rankings.items() if found.best == name) for name in names}
    ranks = rankings[columns[0].key] if columns else None
    rows = [replace(row, best=best[row.recipe], rank=ranks.written(row.recipe) if ranks else "") for row in rows]
    if len(devices_of(results)) > 1:
        rows = [replace(row, images_per_second=None, peak_memory_mb=None, seconds=None) for row in rows]
    table = Table(
        columns=columns,
        rows=tuple(rows),
        baselines=_baselines(results, columns),
        reasons=reasons_below(results, names),
        warnings=warnings_below(results, names),
        notes=(),
        rankings=rankings,
    )
    return replace(table, notes=notes_below(table, results))
