"""The state of benches as JSON tells it. Imports no torch."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from ..results.printed.watch import RunWatched, Watched
from ..results.written import SCHEMA
from ..tables.forms.json_table import plain_table
from .watched_run import WatchedRun
from .watching import Look, WatchedBench


def watched(folder: Path, look: Look) -> Watched:
    """Return what is known of the benches below a folder.

    Args:
        folder: that is watched.
        look: at them.
    """
    told = {
        "schema": SCHEMA,
        "folder": str(folder),
        "over": look.over,
        "benches": [_bench(bench) for bench in look.benches],
        "to_come": list(look.to_come),
    }
    return Watched.parse(told, "the state of the benches")


def _bench(bench: WatchedBench) -> dict[str, Any]:
    return {
        "folder": str(bench.folder),
        "terms": bench.terms,
        "metric": bench.label,
        "live": bench.live,
        "over": bench.over,
        "devices": list(bench.devices),
        "trials": bench.trials,
        "runs": [_run(run) for run in bench.runs],
        "table": None if bench.table is None else plain_table(bench.table),
    }


def _run(run: WatchedRun) -> dict[str, Any]:
    values = {field.name: getattr(run, field.name) for field in fields(run) if field.name in RunWatched.model_fields}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
