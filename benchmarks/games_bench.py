"""The bench behind a table of games: played once, read as often as one likes, with its last picture kept."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from measuring import tell


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
