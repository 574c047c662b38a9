"""How a run ended, as a file."""

import json
from pathlib import Path
from typing import Any

from ...storage.atomic import write_file
from .spec import SCHEMA, RunSpec

FINAL = ("done", "diverged", "skipped")  # a failed run is tried again when the bench is repeated


def result_of(spec: RunSpec, status: str, reason: str | None, **measured: Any) -> dict[str, Any]:
    """A result with every field; what was not measured is None. There are no sentinel numbers.

    Args:
        spec: the run.
        status: ``done``, ``diverged``, ``failed`` or ``skipped``.
        reason: why, where it is not ``done``.
        measured: any of the fields below.
    """
    fields: dict[str, Any] = {
        "schema": SCHEMA,
        "key": spec.key,
        "recipe": spec.name,
        "seed": spec.seed,
        "status": status,
        "reason": reason,
        "metrics": None,
        "spreads": None,
        "identity": None,
        "best": None,
        "evaluations": [],
        "examinations": None,
        "pictures": None,
        "alarms": [],
        "samples": spec.samples,
        "kimg": 0.0,
        "d_steps": 0,
        "g_steps": 0,
        "seconds": 0.0,
        "warmup_seconds": 0.0,
        "capture_seconds": 0.0,
        "evaluation_seconds": 0.0,
        "images_per_second": None,
        "peak_memory_mb": None,
        "parameters": None,
        "engine": None,
        "environment": None,
    }
    unknown = measured.keys() - fields.keys()
    if unknown:
        raise KeyError(f"a result has no field {unknown}")
    return fields | measured


def write_result(folder: Path, result: dict[str, Any]) -> None:
    """Put it into the run's folder."""
    write_file(folder / "result.json", json.dumps(result, indent=2, allow_nan=False) + "\n")
