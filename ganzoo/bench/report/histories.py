"""Histories of training, recipe by recipe, from the records of a bench's runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..results.bench_files.bench_results import BenchResults
from ..results.formats import number
from ..results.run_files.record import RECORD, LookRow, TrainRow, read_record
from ..results.run_files.result import Alarm, RunResult
from .curves import Point, Trace, aligned

POINTS = 200  # of a line, at the most

LOSSES = ("d_loss", "g_loss")
GRADIENTS = ("d_gradient", "g_gradient")
VERDICTS = ("logits_real", "logits_held_out", "logits_fake")
QUANTITIES = (*LOSSES, *GRADIENTS, *VERDICTS, "diversity")


@dataclass(frozen=True)
class History:
    """One recipe's training.

    Attributes:
        recipe: its name.
        index: its place among the recipes asked, so that it has one colour on the whole page.
        traces: the runs that have numbers, with ``(kimg, value)``, by quantity: one of ``QUANTITIES``.
        alarms: the alarms of all its runs, each with the run's seed.
        values: those that change over a run, ``(kimg, value)`` by the recipe's key, of the run that got furthest: they
            are the same in all of them.
    """

    recipe: str
    index: int
    traces: Mapping[str, tuple[Trace, ...]]
    alarms: tuple[tuple[int, Alarm], ...]
    values: Mapping[str, tuple[Point, ...]]

    def mean(self, quantity: str) -> tuple[Point, ...]:
        """Return the mean over the finished runs, or over the others where none finished; empty without numbers."""
        traces = self.traces[quantity]
        counted = [trace for trace in traces if trace.done] or list(traces)
        if not counted:
            return ()
        x, values = aligned(counted)
        if not len(x):  # runs that ended before the others have their first number
            counted = [max(counted, key=lambda trace: len(trace.points))]
            x, values = aligned(counted)
        means = tuple(zip(x.tolist(), values.mean(axis=0).tolist(), strict=True))
        apart = -(-len(means) // POINTS)
        return means if apart == 1 else (*means[:-1:apart], means[-1])


def histories(results: BenchResults, bench: Path) -> list[History]:
    """Return the recipes of a bench whose runs left records, in their order.

    Args:
        results: of the bench.
        bench: its folder, below which are those of its runs.
    """
    found = []
    for index, recipe in enumerate(results.recipe_names):
        runs = results.runs_of(recipe)
        records = [(run, _rows(bench, run)) for run in runs]
        traces = {
            quantity: tuple(
                Trace(run.seed, run.done, points) for run, rows in records if (points := _points(rows, quantity))
            )
            for quantity in QUANTITIES
        }
        alarms = tuple((run.seed, alarm) for run in runs for alarm in run.alarms)
        if any(traces.values()):
            longest = max((rows for _, rows in records), key=len, default=[])
            found.append(History(recipe, index, traces, alarms, _values(longest)))
    return found


def _rows(bench: Path, run: RunResult) -> list[TrainRow | LookRow]:
    """Of the run's record; none where it names a folder outside the bench."""
    path = (bench / (run.folder or "") / RECORD).resolve()
    if not run.folder or not path.is_relative_to(bench.resolve()):
        return []
    return [row for row in read_record(path) if isinstance(row, TrainRow | LookRow)]


def _values(rows: list[TrainRow | LookRow]) -> dict[str, tuple[Point, ...]]:
    found: dict[str, list[Point]] = {}
    for row in rows:
        kimg = number(row.kimg)
        if isinstance(row, TrainRow) and kimg is not None:
            for key, value in row.values.items():
                found.setdefault(key, []).append((kimg, float(value)))
    return {key: tuple(points) for key, points in found.items()}


def _points(rows: list[TrainRow | LookRow], quantity: str) -> tuple[Point, ...]:
    pairs = ((number(row.kimg), number(getattr(row, quantity, None))) for row in rows)
    return tuple((x, y) for x, y in pairs if x is not None and y is not None)
