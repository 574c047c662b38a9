"""Refusal of a folder that holds another run than the one that is asked for."""

from pathlib import Path

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
    return f"with {changed[0]} now" if changed else "with other settings, data or versions"


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
