"""The file of a run's result: made with every field, written with its digests, and read."""

import json
from pathlib import Path
from typing import Any

from ....errors import DataError
from ....recipes.provenance.revisions import titled
from ....storage.atomic import write_file
from ....text import cut
from ..stored import read_stored
from .result import RESULT, RunResult
from .seal import sealed
from .spec import SCHEMA, RunSpec


def _named(reason: str | None, spec: RunSpec) -> str | None:
    """Return a reason that fits on a screen and names the third parties' plugins that the run uses."""
    if not reason:
        return reason
    text = cut(reason)
    if not spec.plugins or any(f"plugin {name!r}" in text for name in spec.plugins):
        return text
    parts = [f"{titled(part)} of {origin.partition(' (')[0]}" for part, origin in spec.origins.items()]
    used = f"plugin{'s' * (len(spec.plugins) > 1)} {', '.join(map(repr, spec.plugins))}"
    return f"{text}; it uses {used}" + (f": {', '.join(parts)}" if parts else "")


def result_of(spec: RunSpec, status: str, reason: str | None, **measured: Any) -> dict[str, Any]:
    """Every field of a result as plain data; what was not measured is None, 0 or empty.

    Args:
        spec: the run.
        status: ``done``, ``reached``, ``diverged``, ``failed``, ``oom`` or ``skipped``.
        reason: why, where it is not ``done``.
        measured: any field of ``RunResult``.
    """
    fields: dict[str, Any] = {
        "schema": SCHEMA,
        "key": spec.key,
        "recipe": spec.name,
        "seed": spec.seed,
        "status": status,
        "reason": _named(reason, spec) if status in ("diverged", "failed", "oom") else reason and cut(reason),
        "metrics": None,
        "spreads": None,
        "identity": None,
        "best": None,
        "evaluations": [],
        "examinations": None,
        "verdicts": [],
        "pictures": None,
        "alarms": [],
        "samples": spec.samples,
        "kimg": 0.0,
        "d_steps": 0,
        "g_steps": 0,
        "seconds": 0.0,
        "cpu_seconds": None,
        "warmup_seconds": 0.0,
        "capture_seconds": 0.0,
        "evaluation_seconds": 0.0,
        "images_per_second": None,
        "peak_memory_mb": None,
        "parameters": None,
        "engine": None,
        "environment": None,
        "history": [],
    }
    unknown = measured.keys() - fields.keys()
    if unknown:
        raise KeyError(f"a result has no field {unknown}")
    return fields | measured


def write_result(folder: Path, result: dict[str, Any], state: str | None = None) -> dict[str, Any]:
    """Put it into the run's folder with its digests, as long as it is what ``read_result`` reads.

    Args:
        folder: of the run.
        result: every field but the digests.
        state: the digest of the final generator.

    Returns:
        what was written.
    """
    whole = sealed(result, folder, state)
    RunResult.model_validate(whole)
    write_file(folder / RESULT, json.dumps(whole, indent=2, allow_nan=False) + "\n")
    return whole


def read_result(folder: Path) -> RunResult | None:
    """Return the result in a run's folder, None where there is none that can be read."""
    try:
        return read_stored(RunResult, folder / RESULT)
    except DataError:
        return None
