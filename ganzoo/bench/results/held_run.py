"""Refusal of a folder that holds another run than the one that is asked for."""

import json
from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import DataError, GanzooError
from ...recipes.provenance.origins import moved
from ...recipes.provenance.revisions import revised
from .identity import judging_origins, judging_revisions
from .run_files.environment import Environment
from .run_files.history import ENVIRONMENT
from .run_files.spec import RunSpec
from .run_files.spec_parts import HeldRun
from .stored import read_object

_UNKNOWN = "with other settings, data or versions"
_LONG = 40  # characters of a value that an error does not tell


def require_same(folder: Path, spec: RunSpec) -> None:
    """Refuse a folder that holds another run.

    Raises:
        GanzooError: it does, or it holds a run whose settings cannot be read.
    """
    if not (folder / "run.json").exists():
        return
    held = _written_in(folder / "run.json")
    if held.key != spec.key:
        raise GanzooError(
            f"{folder} holds a run {_what_differs(folder, held, spec)}; give another --out, or --fresh to replace it"
        )


def _what_differs(folder: Path, held: HeldRun, spec: RunSpec) -> str:
    """Return what of a run is not as asked for: ganzoo, a part's revision or origin, or something else."""
    if (before := _version_of(folder)) not in (None, __version__):
        return f"of ganzoo {before}, and this is {__version__}: runs of two versions are never joined"
    judged = held.identity.to_json() if held.identity else {}
    changed = revised(held.revisions, spec.revisions)
    changed += revised(judging_revisions(judged), judging_revisions(spec.identity))
    changed += moved(held.origins, spec.origins)
    changed += moved(judging_origins(judged), judging_origins(spec.identity))
    if changed:
        return f"with {changed[0]} now"
    try:
        return _first_other(RunSpec.read(folder), spec)
    except GanzooError:
        return _UNKNOWN


def _first_other(held: RunSpec, spec: RunSpec) -> str:
    """Return the first setting that is another one, with both values where they are short."""
    if held.budget != spec.budget:
        return f"of {held.resolved_budget()}, and {spec.resolved_budget()} are asked for"
    before, now = (json.loads(json.dumps(one.decisive)) for one in (held, spec))
    if before["data"] != now["data"] or before["held_out"] != now["held_out"]:
        return "on other data"
    for name in dict.fromkeys((*now, *before)):
        if before.get(name) != now.get(name):
            return _other(name, before.get(name), now.get(name))
    return _UNKNOWN


def _other(name: str, before: Any, now: Any) -> str:
    """Name a setting that is another one by its place, such as ``recipe.schedule.batch``."""
    while isinstance(before, dict) and isinstance(now, dict):
        within = next(key for key in dict.fromkeys((*now, *before)) if before.get(key) != now.get(key))
        name, before, now = f"{name}.{within}", before.get(within), now.get(within)
    if any(isinstance(value, dict | list) or len(str(value)) > _LONG for value in (before, now)):
        return f"with another {name}"
    return f"with {name} {_word(before)}, and it is {_word(now)} now"


def _word(value: Any) -> str:
    return "not set" if value is None else str(value)


def _version_of(folder: Path) -> str | None:
    """Return the version of ganzoo that last played a run; None where that cannot be read."""
    try:
        return read_object(Environment, folder / ENVIRONMENT).ganzoo
    except (DataError, OSError):
        return None


def _written_in(path: Path) -> HeldRun:
    """Return what a run's ``run.json`` holds.

    Raises:
        GanzooError: the file cannot be read.
    """
    try:
        return read_object(HeldRun, path)
    except DataError as error:
        raise DataError(f"{error}; give another --out, or --fresh to replace the run") from error
