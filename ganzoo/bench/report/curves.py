"""Curves of a metric: the evaluations of every seed, and the mean of a recipe's seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..results.bench_files.bench_results import BenchResults
from ..results.formats import number
from ..results.run_files.result import Evaluation, RunResult

Point = tuple[float, float]
Values = npt.NDArray[np.float64]
Against = Literal["kimg", "d_steps", "seconds"]


@dataclass(frozen=True)
class Trace:
    """One run's evaluations.

    Attributes:
        seed: its seed.
        done: whether the run finished.
        points: ``(x, metric)``, in the order they were taken.
    """

    seed: int
    done: bool
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Curve:
    """One recipe's evaluations.

    Attributes:
        recipe: its name.
        index: its place among the recipes asked, so that it has one colour on the whole page.
        traces: its runs that have points.
        mean: the mean over the finished runs; empty where none finished.
        band: ``(x, lowest, highest)`` over the same runs; empty with fewer than two.
    """

    recipe: str
    index: int
    traces: tuple[Trace, ...]
    mean: tuple[Point, ...]
    band: tuple[tuple[float, float, float], ...]


def _points(run: RunResult, metric: str, against: Against) -> tuple[Point, ...]:
    looks: Sequence[Evaluation | RunResult] = run.evaluations or [run]
    pairs = ((number(getattr(look, against)), look.metric(metric)) for look in looks)
    return tuple((x, y) for x, y in pairs if x is not None and y is not None)


def aligned(traces: Sequence[Trace]) -> tuple[Values, Values]:
    """Return the x of the mean, ``(T,)``, and each trace's value there, ``(S, T)``.

    Seeds that were looked at equally often are paired look by look, and the x is the mean of theirs: so the last
    point of a curve is the number in the table, against seconds too. Other seeds meet where all have values,
    with straight lines between the looks.
    """
    if len({len(trace.points) for trace in traces}) == 1:
        points = np.array([trace.points for trace in traces], dtype=float)
        return points[:, :, 0].mean(axis=0), points[:, :, 1]
    lines = [np.array(sorted(trace.points), dtype=float).T for trace in traces]
    first, last = max(line[0][0] for line in lines), min(line[0][-1] for line in lines)
    every = np.unique(np.concatenate([line[0] for line in lines]))
    x = every[(every >= first) & (every <= last)]
    return x, np.stack([np.interp(x, line[0], line[1]) for line in lines])


def curves(results: BenchResults, metric: str, against: Against) -> list[Curve]:
    """Return the curves of ``metric`` against ``kimg``, ``d_steps`` or ``seconds``, one a recipe that has any point."""
    drawn = []
    for index, recipe in enumerate(results.recipe_names):
        traces = tuple(
            Trace(run.seed, run.done, points)
            for run in results.runs_of(recipe)
            if (points := _points(run, metric, against))
        )
        if not traces:
            continue
        done = [trace for trace in traces if trace.done]
        mean: tuple[Point, ...] = ()
        band: tuple[tuple[float, float, float], ...] = ()
        if done:
            x, values = aligned(done)
            mean = tuple(zip(x.tolist(), values.mean(axis=0).tolist(), strict=True))
            if len(done) > 1:
                ends = values.min(axis=0).tolist(), values.max(axis=0).tolist()
                band = tuple(zip(x.tolist(), *ends, strict=True))
        drawn.append(Curve(recipe, index, traces, mean, band))
    return drawn
