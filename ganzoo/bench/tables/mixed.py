"""Rows whose runs were not made alike: by several versions, machines, precisions or numbers of threads.

A number may depend on any of these, and no run is thrown away for them: so a row of a table that mixes them, or that
has a run which several of them made, carries a mark, and a note says what differs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...recipes.provenance.revisions import titled
from ...text import printable, some_of
from ..results.bench_files.bench_results import BenchResults
from ..results.run_files.history import TOLD, RunProcess, that_made
from ..results.run_files.result import Engine, RunResult

MIXED = "§"
"""The mark of a row whose runs were not made alike, which a note explains."""
Differing = Mapping[str, Mapping[str, tuple[int, ...]]]
"""Seeds by value by field; a seed that stands at two values of a field was made by both."""
_MOST = 6  # seeds, or recipes, that a note names


def differing(runs: Iterable[RunResult]) -> Differing:
    """Return that in which runs of one recipe were not made alike; empty where they were.

    What a result does not tell, as those of older versions do not tell all, makes no difference.

    Args:
        runs: those that finished.
    """
    found = _values(runs)
    return {field: values for field, values in found.items() if len(values) > 1}


def difference(a: RunResult, b: RunResult) -> str:
    """Return what two runs were not made alike in: ``one was played with threads 1, the other with threads 2``."""
    here, there = _values([a]), _values([b])
    apart = [field for field in here if field in there and here[field].keys() != there[field].keys()]
    one, other = (" and ".join(f"{field} {', '.join(of[field])}" for field in apart) for of in (here, there))
    return f"one was played with {one}, the other with {other}" if apart else ""


def plain(mixed: Differing) -> dict[str, dict[str, list[int]]]:
    """Return the same as plain data."""
    return {field: {value: list(seeds) for value, seeds in values.items()} for field, values in mixed.items()}


def mixed_in_words(mixed: Differing) -> str:
    """Return the same in words: ``threads 1 (seeds 0, 1), 2 (seed 1)``."""
    return "; ".join(
        f"{field} {', '.join(f'{value} ({_seeds(seeds)})' for value, seeds in values.items())}"
        for field, values in mixed.items()
    )


def mixed_notes(results: BenchResults) -> Iterator[str]:
    """Yield the note on the mark, which says what differs in each row, and one on what differs between rows."""
    rows = {name: _values(run for run in results.runs_of(name) if run.done) for name in results.recipe_names}
    inside = {name: {field: of for field, of in found.items() if len(of) > 1} for name, found in rows.items()}
    if told := "; ".join(f"{name}: {mixed_in_words(mixed)}" for name, mixed in inside.items() if mixed):
        yield printable(
            f"{MIXED}: mixed, the row's runs were not made alike, which may change its numbers; a seed named twice was "
            f"made by both. {told}."
        )
    if told := "; ".join(_between(rows)):
        yield printable(f"Rows were not all made alike, which may change their order: {told}.")


def _between(rows: Mapping[str, Differing]) -> Iterator[str]:
    """Yield each field whose values are not the same in all rows that tell of it."""
    for field in dict.fromkeys(field for found in rows.values() for field in found):
        telling = {name: found[field] for name, found in rows.items() if field in found}
        if len({frozenset(values) for values in telling.values()}) > 1:
            names: dict[str, list[str]] = {}
            for name, values in telling.items():
                for value in values:
                    names.setdefault(value, []).append(name)
            yield f"{field} {', '.join(f'{value} ({some_of(of, _MOST)})' for value, of in names.items())}"


def _values(runs: Iterable[RunResult]) -> dict[str, dict[str, tuple[int, ...]]]:
    """Return the seeds by value by field, of all that runs tell."""
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for run in runs:
        for process in that_made(run.history) or [_of_machine(run)]:
            for field, value in _told(process):
                seeds = found.setdefault(field, {}).setdefault(value, ())
                if run.seed not in seeds:
                    found[field][value] = (*seeds, run.seed)
    return found


def _of_machine(run: RunResult) -> RunProcess:
    """Return what a result of before there were histories tells of the process that ended it."""
    there = run.machine
    return RunProcess(
        process=1,
        from_step=0,
        ranks=(run.engine or Engine()).ranks,
        **{key: getattr(there, key) for key in TOLD},
    )


def _told(process: RunProcess) -> Iterator[tuple[str, str]]:
    """Yield what a process's numbers may depend on, as field and value."""
    of_cpu = process.threads if process.kind != "cuda" else None  # on a GPU they decide how fast
    for field, value in (
        ("device", _device(process)),
        ("threads", of_cpu),
        ("processes a run", process.ranks),
        ("precision", process.precision),
        ("torch", process.torch),
        ("CUDA", process.cuda),
        ("ganzoo", process.ganzoo),
    ):
        if value is not None:
            yield field, str(value)
    yield from ((titled(part), origin) for part, origin in process.origins.items())


def _device(process: RunProcess) -> str | None:
    """Return the device without the number of ranks, which is a field of its own."""
    if process.device is None or process.ranks == 1:
        return process.device
    return process.device.removeprefix(f"{process.ranks} x ").removesuffix(f" ({process.ranks} processes a run)")


def _seeds(seeds: Sequence[int]) -> str:
    return f"seed{'s' * (len(seeds) > 1)} {some_of([str(seed) for seed in seeds], _MOST)}"
