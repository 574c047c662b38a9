"""Joining benches into one: from one machine or from many, recipes and seeds together."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from ....errors import GanzooError
from ....text import printable
from ...results.bench_files.bench_results import RESULTS, BenchResults, JoinedSource, MetricHeading, TuningFacts
from ...results.bench_files.reading import read_results
from ...results.folders import run_folder
from ...results.run_files.result import ALTERED, REPEATED, Engine, RunResult
from ..mixed import difference
from .compatibility import Bench, require_compatible

Place = tuple[str, int]  # a run's recipe and seed


def read_bench(path: Path) -> Bench:
    """Read a bench that was played.

    Args:
        path: its folder, or its ``results.json``.

    Raises:
        DataError: there is none, or it is not of this version.
    """
    file = path / RESULTS if path.is_dir() else path
    absent = f"there is no {file}; give the folder of a bench, such as runs/..., that has ended"
    return Bench(file.parent, read_results(file, absent))


def join(benches: Sequence[Bench], command: str = "") -> tuple[BenchResults, dict[Place, Path]]:
    """Make one bench of several: the recipes and the seeds of all of them.

    A run that several have is taken once. Metrics that one of them lacks are left out.

    Args:
        benches: in the order in which their recipes are shown; one alone is shown again.
        command: as written, for the report.

    Returns:
        the joined bench, and the folder of each run by recipe and seed.

    Raises:
        GanzooError: they do not compare; the sentence names what differs.
    """
    every = [bench.results for bench in benches]
    first = every[0]
    shared = [found for heading in first.columns if (found := _shared(heading, every)) is not None]
    labels = {heading.key: heading.label for other in every for heading in other.columns}
    without = {key: label for key, label in labels.items() if key not in {heading.key for heading in shared}}
    require_compatible(benches, without)
    if labels and not shared:
        raise GanzooError(
            f"{benches[0].folder} and the others have no metric in common: there are {', '.join(labels.values())}"
        )
    runs, folders = _runs(benches)
    recipes = {name: about for other in reversed(every) for name, about in other.recipes.items()}
    order = dict.fromkeys(name for other in every for name in other.recipes)
    joined = first.model_copy(
        update={
            "command": command,
            "started": min(filter(None, (other.started for other in every)), default=None),
            "finished": max(filter(None, (other.finished for other in every)), default=None),
            "ganzoo": ", ".join(dict.fromkeys(str(other.ganzoo) for other in every)),
            "seeds": sorted({seed for other in every for seed in other.seeds}),
            "columns": shared,
            "sequential": min(
                (other.sequential for other in every if other.sequential), key=lambda one: one.level, default=None
            ),
            "floor": next((other.floor for other in every if other.floor), None),
            "floor_n": next((other.floor_n for other in every if other.floor_n), None),
            "real": next((other.real for other in every if other.real), None),
            "held_out": next((other.held_out for other in every if other.held_out and other.held_out.n), None),
            "states": list(dict.fromkeys(state for other in every for state in other.states)),
            "recipes": {name: recipes[name] for name in order},
            "tuning": _tuning(every),
            "runs": runs,
            "joined": [_source(bench) for bench in benches],
            "left_out": list(without.values()),
        }
    )
    return joined, folders


def _shared(heading: MetricHeading, every: Sequence[BenchResults]) -> MetricHeading | None:
    """Return a metric's heading from the bench that tells most of it; None where one lacks the metric."""
    alike = [[one for one in other.columns if one.names(heading)] for other in every]
    if not all(alike):
        return None
    return next((one for found in alike for one in found if one.positive is not None), heading)


def altered_in(benches: Iterable[Bench]) -> list[str]:
    """Return a sentence for each run whose result was altered, which no mean and no rank counts."""
    runs = [(bench.folder, run) for bench in benches for run in bench.results.runs if run.altered]
    return [printable(f"{folder}: {run.recipe}, seed {run.seed}: {run.outcome}: {run.why}") for folder, run in runs]


def _source(bench: Bench) -> JoinedSource:
    """Return the origin of a part of the joined bench."""
    results = bench.results
    return JoinedSource(
        folder=str(bench.folder),
        command=results.command,
        started=results.started,
        finished=results.finished,
        ganzoo=results.ganzoo,
        environment=results.environment,
    )


def _tuning(every: Sequence[BenchResults]) -> TuningFacts | None:
    tuned = [other.tuning for other in every if other.tuning is not None]
    if not tuned:
        return None
    recipes = {name: found for one in reversed(tuned) for name, found in one.recipes.items()}
    return tuned[0].model_copy(update={"recipes": recipes})


def _runs(benches: Iterable[Bench]) -> tuple[list[RunResult], dict[Place, Path]]:
    """Return the runs of all, each once.

    Of a run that ended here and failed there, which is tried again when a bench is repeated, the end counts.
    """
    found: dict[Place, tuple[RunResult, Path]] = {}
    for bench in benches:
        for run in bench.results.runs:
            place = run.recipe, run.seed
            there = found.get(place)
            if there is None or (_ended(run) and not _ended(there[0])):
                found[place] = run, bench.folder
            elif _ended(run) and not _same(there[0], run):
                raise GanzooError(
                    f"{there[1]} and {bench.folder} both hold a run of {run.recipe!r} with seed {run.seed}, and "
                    f"{_difference(there[0], run)}; leave one of them out, or play other seeds"
                )
    folders = {place: folder / run_folder_of(run) for place, (run, folder) in found.items()}
    return [run for run, _ in found.values()], folders


def run_folder_of(run: RunResult) -> Path:
    """Return the folder of a run, below that of its bench."""
    return Path(run.folder) if run.folder else run_folder(Path(), run.recipe, run.seed)


def _ended(run: RunResult) -> bool:
    return run.outcome not in (*REPEATED, ALTERED)


def _same(a: RunResult, b: RunResult) -> bool:
    """Return whether two are one run: of the same settings, with the same end to what arithmetic may differ by."""
    if a.key != b.key or a.status != b.status:
        return False
    numbers, others = a.metrics or {}, b.metrics or {}
    return numbers.keys() == others.keys() and all(_close(value, others[key]) for key, value in numbers.items())


def _close(a: float | None, b: float | None) -> bool:
    return a == b or (a is not None and b is not None and math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9))


def _difference(a: RunResult, b: RunResult) -> str:
    if a.key == b.key:
        apart = difference(a, b)
        return f"they ended differently: {apart}" if apart else "they ended differently"
    here, there = a.machine, b.machine
    for name, value, other in (
        ("kind", here.kind, there.kind),
        ("precision", here.precision, there.precision),
        ("ganzoo", here.ganzoo, there.ganzoo),
    ):
        if value != other:
            return f"one was played with {name} {value}, the other with {name} {other}"
    engine, engine_of_b = a.engine or Engine(), b.engine or Engine()
    for option, differs in (
        ("--compile", engine.compiled != engine_of_b.compiled),
        ("--autotune", engine.autotuned != engine_of_b.autotuned),
    ):
        if differs:
            return f"one was played with {option}, the other without"
    return "their settings are not the same"
