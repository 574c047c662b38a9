"""The bench behind a table of games: played once, read as often as one likes, with its last picture kept."""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from measuring import mean_with_error, parser, tell

Metrics = Mapping[str, tuple[str, str]]
"""The title of each metric's column, and the form of its numbers."""


def options_of(doc: str | None, *, seeds: int, kimg: int | None = None, shown: str = "") -> argparse.ArgumentParser:
    """Make the parser of a script that plays or reads a bench.

    Args:
        doc: the script's docstring.
        seeds: the default of ``--seeds``.
        kimg: the default of ``--kimg``; None for a script that has no such option.
        shown: the word for samples.
    """
    made = parser(doc, rounds=1)
    if kimg is not None:
        made.add_argument("--kimg", type=int, default=kimg, help=f"{shown} shown to D, in thousands (default: {kimg})")
    made.add_argument("--seeds", type=int, default=seeds)
    made.add_argument("--bench", type=Path, help="where what is benched lies: played there, or only read")
    return made


def bench_words(
    recipes: Iterable[str], out: Path, *, data: str, kimg: int, seeds: int, device: str, threads: int, **more: object
) -> list[str]:
    """Return the words of ``ganzoo`` that play a bench with one evaluation.

    Args:
        recipes: to be played.
        out: the folder of the results.
        data: the name of the data.
        kimg: the budget.
        seeds: their count.
        device: to play on.
        threads: of each run.
        more: options of this bench alone, by name.
    """
    fixed: dict[str, object] = {
        "data": data,
        "budget": f"{kimg}kimg",
        "seeds": seeds,
        **more,
        "evaluations": 1,
        "device": device,
        "threads": threads,
        "out": out,
    }
    given = [word for name, value in fixed.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    return ["bench", *recipes, *given]


def results_of(folder: Path, words: Sequence[str]) -> dict[str, Any]:
    """Return the results of the bench that lies in a folder; where there is none, it is played first.

    Args:
        folder: of the bench.
        words: of ``ganzoo`` that play it.

    Raises:
        SystemExit: it left no results; with its exit code.
    """
    path = folder / "results.json"
    if not path.is_file():
        tell("ganzoo " + " ".join(words))
        code = subprocess.run([sys.executable, "-P", "-m", "ganzoo", *words]).returncode
        if not path.is_file():
            raise SystemExit(code or 1)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def keep_picture(folder: Path, results: Mapping[str, Any], path: Path, recipe: str) -> None:
    """Copy what a recipe's first seed drew last."""
    first = next((run for run in results["runs"] if run["recipe"] == recipe and run["seed"] == 0), None)
    if first is not None and first.get("evaluations"):
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / first["folder"] / first["evaluations"][-1]["grid"], path)


def row_of(played: str, runs: Sequence[Mapping[str, Any]], metrics: Metrics) -> dict[str, Any]:
    """One recipe's row: of each metric the mean over its seeds and its standard error."""
    done = [run["metrics"] for run in runs if run["status"] == "done"]
    row: dict[str, Any] = {"played": played, "values": {}}
    for key, (label, form) in metrics.items():
        values = [found[key] for found in done if key in found]
        row["values"][key] = values
        if values:
            row[label] = mean_with_error(values, form)
    row["not done"] = [f"seed {run['seed']} {run['status']}" for run in runs if run["status"] != "done"] or None
    return row


def rows_of(results: Mapping[str, Any], recipes: Mapping[str, str], metrics: Metrics) -> list[dict[str, Any]]:
    """Return a row of each recipe of a bench.

    Args:
        results: of the bench.
        recipes: those that were played, in words.
        metrics: of the columns.
    """
    return [
        row_of(played, [run for run in results["runs"] if run["recipe"] == name], metrics)
        for name, played in zip(results["recipes"], recipes.values(), strict=True)
    ]


def row_of_real(results: Mapping[str, Any], kind: str, metrics: Metrics, called: str) -> dict[str, Any]:
    """Return the row of the real samples.

    Args:
        results: of the bench.
        kind: ``floor`` for one half of them against the other, ``real`` for all against themselves.
        metrics: of the columns.
        called: the word for samples.
    """
    played = f"half of the real {called} against the other half" if kind == "floor" else f"the real {called} themselves"
    found = results.get(kind) or {}
    return {"played": played} | {
        title: form.format(found[key]) for key, (title, form) in metrics.items() if key in found
    }
