"""Facts of a bench as a whole, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ....text import listed, per_class, printable, word_of
from ...results.bench_files.bench_results import BenchResults
from ...results.formats import NONE, duration, number, short
from ...results.terms.track import AS_SHIPPED, CONTROLLED, PUBLISHED
from .data_shown import told


def samples_of(results: BenchResults) -> str:
    """Return the samples of the data: ``images``, ``points`` or what those of another modality are called."""
    data = results.dataset
    return printable(word_of(data.described) if data.described else data.samples)


def _budget(budget: Mapping[str, float]) -> str:
    if "kimg" in budget:
        return f"{short(number(budget['kimg']))} kimg a run"
    if "steps" in budget:
        return f"{int(budget['steps']):,} turns of D a run"
    return f"{short(number(budget.get('minutes')))} min of training a run"


def heading(results: BenchResults, names: Sequence[str]) -> str:
    """Return the recipes and the data."""
    data = printable(results.dataset.name)
    shown = [printable(name) for name in names]
    if 1 <= len(shown) <= 4 and sum(map(len, shown)) <= 60:
        return f"{listed(shown)} on {data}"
    return f"{len(shown)} recipes on {data}"


def _elapsed(results: BenchResults) -> str:
    try:
        started = datetime.fromisoformat(results.started or "")
        seconds = (datetime.fromisoformat(results.finished or "") - started).total_seconds()
    except (TypeError, ValueError):
        return printable(results.started or NONE)
    return f"{started:%Y-%m-%d %H:%M %Z}".strip() + f", took {duration(seconds)}"


def _track(results: BenchResults) -> str:
    if results.track is None:
        return NONE
    meant = {
        CONTROLLED: f"controlled: networks, batch and averaging are those of {printable(str(results.backbone))}",
        PUBLISHED: "published: each recipe as its paper has it",
        AS_SHIPPED: "as shipped: each recipe has its own networks",
    }
    return meant.get(results.played_track, NONE)


def facts(results: BenchResults) -> list[tuple[str, str]]:
    """Return the facts of a bench, by name."""
    data, seeds, samples = results.dataset, results.seeds, samples_of(results)
    classes = f", {per_class(data.classes, data.counts)}" if data.classes else ""
    held_out = results.held_out.n if results.held_out else None
    apart = f"; {held_out:,} more are held out" if held_out else ""
    found = [
        ("Data", f"{printable(data.name)}: {told(data)}{classes}{apart}"),
        ("Read", "; ".join(map(printable, data.notes)) or NONE),
        ("Left out", "; ".join(map(printable, left_out_of(results))) or NONE),
        ("Track", _track(results)),
        ("Budget", _budget(results.budget)),
        ("Seeds", f"{len(seeds)} ({', '.join(map(str, seeds))}), the same for every recipe"),
        ("Judged on", f"{results.samples:,} generated {samples}, the last state of each run"),
        ("Device", ", ".join(devices(results)) or NONE),
        ("Started", _elapsed(results)),
    ]
    return [(key, value) for key, value in found if value != NONE]


def brief(results: BenchResults) -> str:
    """Return in a line how the bench was measured: budget, seeds, samples and device."""
    seeds = len(results.seeds)
    words = [
        _budget(results.budget),
        f"{seeds} seed{'s' * (seeds != 1)}",
        f"judged on {results.samples:,} generated {samples_of(results)}",
        *devices(results)[:1],
    ]
    return ", ".join(words)


def left_out_of(results: BenchResults) -> list[str]:
    """Return sentences on what of the data was not read."""
    data = results.dataset
    bad = f"{len(data.skipped):,} bad {'image' if len(data.skipped) == 1 else 'images'}" if data.skipped else ""
    return [*data.left_out, *([f"{bad}, the first: {data.skipped[0]}"] if bad else [])]


def devices(results: BenchResults) -> list[str]:
    """Return the devices of the runs."""
    every = [run.machine.device for run in results.runs] or [results.machine.device]
    return list(dict.fromkeys(printable(device) for device in every if device))


def flat(values: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Nested plain data as rows of ``a.b`` and text."""
    rows: list[tuple[str, str]] = []
    for key, value in values.items():
        name = before + printable(str(key))
        if isinstance(value, Mapping):
            rows += flat(value, f"{name}.")
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            rows.append((name, NONE if value is None else printable(text)))
    return rows


def warnings(results: BenchResults) -> list[str]:
    """Sentences on numbers that cannot be compared."""
    found = []
    if len(devices(results)) > 1:
        found.append("The runs were made on different devices: their times and speeds cannot be compared.")
    samples = {run.samples for run in results.runs if run.done and run.samples}
    if samples - {results.samples}:
        counts = ", ".join(f"{n:,}" for n in sorted(samples))
        found.append(f"The runs were judged on different numbers of images ({counts}): the metrics cannot be compared.")
    return found
