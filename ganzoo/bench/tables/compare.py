"""Benches joined into one table: from one machine or from many, recipes and seeds together."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import DataError, GanzooError
from ..results.stored import read_stored
from .compatibility import Bench, require_joinable

SCHEMA = 1
_NEEDED = ("dataset", "budget", "seeds", "samples", "columns", "recipes", "runs")


def read_bench(path: Path) -> Bench:
    """A bench that was played.

    Args:
        path: its folder, or its ``results.json``.

    Raises:
        DataError: there is none, or it is not of this version.
    """
    file = path / "results.json" if path.is_dir() else path
    absent = f"there is no {file}; give the folder of a bench, such as runs/..., that has ended"
    results = read_stored(file, SCHEMA, absent)
    if missing := [key for key in _NEEDED if key not in results]:
        raise DataError(f"{file} is no result of a bench: it has no {missing[0]!r}")
    return Bench(file.parent, results)


def join(benches: Sequence[Bench], command: str = "") -> tuple[dict[str, Any], dict[tuple[str, int], Path]]:
    """One bench of several: the recipes and the seeds of all of them.

    A run that several have is taken once. Metrics that one of them lacks are left out.

    Args:
        benches: in the order in which their recipes are shown; one alone is shown again.
        command: as written, for the report.

    Returns:
        what its ``results.json`` holds, and the folder of each run by recipe and seed.

    Raises:
        GanzooError: they do not compare; the sentence names what differs.
    """
    every = [bench.results for bench in benches]
    shared = [column for column in every[0]["columns"] if all(column in other["columns"] for other in every)]
    labels = {column["key"]: column["label"] for other in every for column in other["columns"]}
    without = {key: label for key, label in labels.items() if key not in {column["key"] for column in shared}}
    require_joinable(benches, without)
    if labels and not shared:
        raise GanzooError(
            f"{benches[0].folder} and the others have no metric in common: there are {', '.join(labels.values())}"
        )
    runs, folders = _runs(benches)
    recipes = {name: about for other in reversed(every) for name, about in other["recipes"].items()}
    order = dict.fromkeys(name for other in every for name in other["recipes"])
    joined = {
        **every[0],
        "command": command,
        "started": min(filter(None, (other.get("started") for other in every)), default=None),
        "finished": max(filter(None, (other.get("finished") for other in every)), default=None),
        "ganzoo": ", ".join(dict.fromkeys(str(other.get("ganzoo")) for other in every)),
        "seeds": sorted({seed for other in every for seed in other["seeds"]}),
        "columns": shared,
        "states": list(dict.fromkeys(state for other in every for state in other.get("states") or ())),
        "recipes": {name: recipes[name] for name in order},
        "tuning": _tuning(every),
        "runs": runs,
        "joined": [_source(bench) for bench in benches],
        "left_out": list(without.values()),
    }
    for key in ("floor", "floor_n", "real", "held_out"):
        joined[key] = next((other[key] for other in every if other.get(key)), None)
    return joined, folders


def _source(bench: Bench) -> dict[str, Any]:
    """Where a part of the joined bench is from."""
    kept = ("command", "started", "finished", "ganzoo", "environment")
    return {"folder": str(bench.folder), **{key: bench.results.get(key) for key in kept}}


def _tuning(every: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    tuned = [other["tuning"] for other in every if other.get("tuning")]
    if not tuned:
        return None
    return {**tuned[0], "recipes": {name: found for one in reversed(tuned) for name, found in one["recipes"].items()}}


def _runs(benches: Iterable[Bench]) -> tuple[list[dict[str, Any]], dict[tuple[str, int], Path]]:
    """The runs of all, each once.

    Of a run that ended here and failed there, which is tried again when a bench is repeated, the end counts.
    """
    found: dict[tuple[str, int], tuple[dict[str, Any], Path]] = {}
    for bench in benches:
        for run in bench.results["runs"]:
            place = run["recipe"], run["seed"]
            there = found.get(place)
            if there is None or (_ended(run) and not _ended(there[0])):
                found[place] = run, bench.folder
            elif _ended(run) and not _same(there[0], run):
                raise GanzooError(
                    f"{there[1]} and {bench.folder} both hold a run of {run['recipe']!r} with seed {run['seed']}, and "
                    f"{_difference(there[0], run)}; leave one of them out, or play other seeds"
                )
    return [run for run, _ in found.values()], {place: folder / run["folder"] for place, (run, folder) in found.items()}


def _ended(run: Mapping[str, Any]) -> bool:
    return run["status"] != "failed"


def _same(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether two are one run: of the same settings, with the same end to what arithmetic may differ by."""
    if a.get("key") != b.get("key") or a["status"] != b["status"]:
        return False
    numbers, others = a.get("metrics") or {}, b.get("metrics") or {}
    return numbers.keys() == others.keys() and all(
        (
            isinstance(value, int | float)
            and isinstance(others[key], int | float)
            and math.isclose(value, others[key], rel_tol=1e-6, abs_tol=1e-9)
        )
        or value == others[key]
        for key, value in numbers.items()
    )


def _difference(a: Mapping[str, Any], b: Mapping[str, Any]) -> str:
    if a.get("key") == b.get("key"):
        return "they ended differently"
    for key in ("kind", "precision", "ganzoo"):
        values = [(run.get("environment") or {}).get(key) for run in (a, b)]
        if values[0] != values[1]:
            return f"one was played with {key} {values[0]}, the other with {key} {values[1]}"
    for key, option in (("compiled", "--compile"), ("autotuned", "--autotune")):
        values = [bool((run.get("engine") or {}).get(key)) for run in (a, b)]
        if values[0] != values[1]:
            return f"one was played with {option}, the other without"
    return "their settings are not the same"
