"""What the page says of a bench as a whole, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ....drawing import shown_channels, shown_numbers
from ....text import printable
from ...results.formats import NONE, duration, number, short


def samples_of(results: Mapping[str, Any]) -> str:
    """What the data consists of; results from before there were points do not say."""
    return "points" if results["dataset"].get("points") else "images"


def part_shown(results: Mapping[str, Any]) -> str:
    """What the pictures show of each sample, where it is not all of it."""
    size = results["dataset"]["channels"]
    return shown_numbers(size) if samples_of(results) == "points" else shown_channels(size)[1]


def _budget(budget: Mapping[str, float]) -> str:
    if "kimg" in budget:
        return f"{short(number(budget['kimg']))} kimg a run"
    if "steps" in budget:
        return f"{int(budget['steps']):,} turns of D a run"
    return f"{short(number(budget.get('minutes')))} min of training a run"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def heading(results: Mapping[str, Any], names: Sequence[str]) -> str:
    """What was compared on what."""
    data = printable(results["dataset"]["name"])
    shown = [printable(name) for name in names]
    if 1 <= len(shown) <= 4 and sum(map(len, shown)) <= 60:
        return f"{_listed(shown)} on {data}"
    return f"{len(shown)} recipes on {data}"


def _elapsed(results: Mapping[str, Any]) -> str:
    try:
        started = datetime.fromisoformat(results["started"])
        seconds = (datetime.fromisoformat(results["finished"]) - started).total_seconds()
    except (KeyError, TypeError, ValueError):
        return printable(str(results.get("started") or NONE))
    return f"{started:%Y-%m-%d %H:%M %Z}".strip() + f", took {duration(seconds)}"


def _track(results: Mapping[str, Any]) -> str:
    track = results.get("track")
    if track == "controlled":
        return f"controlled: networks, batch and averaging are those of {printable(str(results.get('backbone')))}"
    return "as published: each recipe has its own networks" if track == "as-published" else NONE


def facts(results: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The facts at the head of the page, by name."""
    data, seeds, samples = results["dataset"], results["seeds"], samples_of(results)
    size = f"{data['channels']}×{data['height']}×{data['width']}"
    if samples == "points":
        size = "1 number" if data["channels"] == 1 else f"{data['channels']} numbers"
    classes = f", {len(data['classes'])} classes" if data.get("classes") else ""
    held_out = (results.get("held_out") or {}).get("n")
    apart = f"; {held_out:,} more are held out" if held_out else ""
    said = [
        ("Data", f"{printable(data['name'])}: {data['n']:,} {samples} of {size}{classes}{apart}"),
        ("Track", _track(results)),
        ("Budget", _budget(results["budget"])),
        ("Seeds", f"{len(seeds)} ({', '.join(map(str, seeds))}), the same for every recipe"),
        ("Judged on", f"{results['samples']:,} generated {samples}, the last state of each run"),
        ("Device", ", ".join(devices(results)) or NONE),
        ("Started", _elapsed(results)),
    ]
    return [(key, value) for key, value in said if value != NONE]


def devices(results: Mapping[str, Any]) -> list[str]:
    """The devices of the runs."""
    every = [run.get("environment") or {} for run in results["runs"]] or [results.get("environment") or {}]
    return list(dict.fromkeys(printable(str(one["device"])) for one in every if one.get("device")))


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


def warnings(results: Mapping[str, Any]) -> list[str]:
    """What cannot be compared, in sentences."""
    said = []
    if len(devices(results)) > 1:
        said.append("The runs were made on different devices: their times and speeds cannot be compared.")
    samples = {run["samples"] for run in results["runs"] if run["status"] == "done" and run.get("samples")}
    if samples - {results["samples"]}:
        counts = ", ".join(f"{n:,}" for n in sorted(samples))
        said.append(f"The runs were judged on different numbers of images ({counts}): the metrics cannot be compared.")
    return said
