"""Third parties' parts of a run, which may be others now than those that it was planned with, or not installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import GanzooError, SetupError
from ...recipes.overrides import split_spec
from ...recipes.provenance.origins import Origins, absent, moved, origins_of
from ...recipes.provenance.revisions import above_one, named_parts, revised
from ...recipes.recipe import Part
from ...registry.registry import Registry, named_nobody
from ..results.identity import judging_origins
from ..results.run_files.spec import RunSpec

if TYPE_CHECKING:
    from .session import TrainingSession


def judges_of(spec: RunSpec) -> Origins:
    """Return the origins of the extractor and the metrics that a run began with, as far as it still asks for them."""
    if spec.extractor is None and not spec.metrics:
        return {}
    judges = {f"extractor {spec.extractor}", *(f"metric {name}" for name in spec.metrics)}
    return {part: origin for part, origin in judging_origins(spec.identity).items() if part in judges}


def require_installed(spec: RunSpec, origins: Mapping[str, str], registry: Registry) -> None:
    """See to it that third parties' parts of a run are installed.

    Args:
        spec: of the run.
        origins: of those parts that are wanted, as they were recorded.
        registry: knows the parts that there are.

    Raises:
        SetupError: one is not; the sentence names the distribution and the version that gave it.
    """
    for why in absent(origins, registry).values():
        raise SetupError(f"the run of {spec.name} with seed {spec.seed} cannot be taken up: {why}")


@contextmanager
def explaining(folder: Path | None, registry: Registry) -> Iterator[None]:
    """Let an error about a name that nobody registers say who gave it, if a run in a folder knows.

    Args:
        folder: of a bench that may have begun; None where it was not named.
        registry: knows the parts that there are.

    Raises:
        SetupError: in the place of such an error.
    """
    try:
        yield
    except GanzooError as error:
        for path in sorted(folder.rglob("run.json")) if folder is not None else ():
            if why := _explained(str(error), path.parent, registry):
                raise SetupError(f"{path.parent} cannot be gone on with: {why}") from error
        raise


def _explained(said: str, folder: Path, registry: Registry) -> str | None:
    """Return who gave the part that an error misses, if a run was played with it."""
    try:
        spec = RunSpec.read(folder)
        recipe = named_nobody("recipe", split_spec(spec.name).base)
    except GanzooError:
        return None
    for part, why in absent({**spec.origins, **judges_of(spec)}, registry).items():
        kind, _, name = part.partition(" ")
        if recipe in said or named_nobody(kind, name) in said:
            return why
    return None


def require_revisions(spec: RunSpec, parts: Sequence[tuple[str, Part]], registry: Registry) -> None:
    """See to it that parts of a run compute what they did.

    Args:
        spec: of the run.
        parts: those that are wanted, with their kinds.
        registry: knows them.

    Raises:
        SetupError: one has another revision.
    """
    named = {f"{kind} {part.name}" for kind, part in parts}
    then = {part: revision for part, revision in spec.revisions.items() if part in named}
    now = above_one((kind, part.name, registry.get(kind, part.name).revision) for kind, part in parts)
    if changed := revised(then, now):
        raise SetupError(
            f"the run of {spec.name} with seed {spec.seed} is one with {changed[0]} here; play it anew, or use the "
            "versions that it was played with"
        )


def moved_parts(spec: RunSpec, registry: Registry, wanted: Sequence[tuple[str, Part]] | None = None) -> list[str]:
    """Return the parts of a run's recipe that are of other versions here, in words.

    Args:
        spec: of the run.
        registry: knows the parts.
        wanted: those that are looked at, with their kinds; None for all.
    """
    parts = named_parts(spec.resolved_recipe()) if wanted is None else wanted
    named = {f"{kind} {part.name}" for kind, part in parts}
    then = {part: origin for part, origin in spec.origins.items() if wanted is None or part in named}
    return moved(then, origins_of(parts, registry))


def require_origins(session: TrainingSession, registry: Registry) -> None:
    """See to it that a run is not played on by other versions of third parties' parts, and not judged by any.

    Raises:
        SetupError: it would be.
    """
    spec = session.spec
    judged = moved(
        judging_origins(spec.identity), judging_origins(session.evaluator.identity if session.evaluator else {})
    )
    if changed := [*moved_parts(spec, registry), *judged]:
        raise SetupError(
            f"the run of {spec.name} with seed {spec.seed} is one with {changed[0]} here; play it anew, or use the "
            "versions that it was played with"
        )
