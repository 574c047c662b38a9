"""The runs of a bench's folder, as they stand on the disk: done, failed, or broken off in the middle."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .sentences import plain


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _seen(run: Path) -> float | None:
    """Thousand images that a run's last written row tells of."""
    try:
        lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        try:
            return float(json.loads(line)["kimg"])
        except (ValueError, KeyError, TypeError):
            continue
    return None


def _row(run: Path) -> dict[str, Any]:
    spec, result = _json(run / "run.json"), _json(run / "result.json")
    recipe = result.get("recipe") or (spec.get("recipe") or {}).get("name") or run.parent.name
    row: dict[str, Any] = {"recipe": recipe, "seed": int(run.name.removeprefix("seed"))}
    if not result:
        return row | {"became": "unfinished", "kimg": _seen(run), "images/s": None}
    numbers = [f"{key} {value:.4g}" for key, value in (result.get("metrics") or {}).items() if value is not None]
    engine = result.get("engine") or {}
    why = result.get("reason") or engine.get("why_eager")
    return row | {
        "became": result.get("status"),
        "kimg": result.get("kimg"),
        "images/s": result.get("images_per_second"),
        "numbers": ", ".join(numbers) or None,
        "replayed": engine.get("replayed"),
        "note": plain(why) if why else None,
    }


def rows_of(bench: Path) -> Iterator[dict[str, Any]]:
    """One row for each run that was begun."""
    for run in sorted(bench.glob("*/seed*")):
        if run.is_dir() and run.name.removeprefix("seed").isdigit():
            yield _row(run)
