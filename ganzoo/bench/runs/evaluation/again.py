"""A training session, taken up again to be looked at."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ....data import DataSet
from ....errors import GanzooError
from ....metrics.pairing import served
from ....registry.discovery import Zoo
from ....storage.cache import Cache
from ....training.checkpoints.checkpoint import Checkpoint, newest_that
from ....training.checkpoints.state import load_players
from ...results.folders import without_checkpoint
from ...results.run_files.spec import RunSpec
from ..generating.session import DivergedError
from ..keeping.run_state import game_values
from ..origins import moved_parts
from ..session import TrainingSession
from .loaded import LoadedGenerator, spec_on

_log = logging.getLogger(__name__)


def taken_up(folder: Path, zoo: Zoo, cache: Cache, device: str | None) -> TrainingSession:
    """Load a run's newest checkpoint into a session with all of its game.

    Args:
        folder: of the run.
        zoo: all parts.
        cache: holds the data.
        device: None for the run's own.

    Raises:
        GanzooError: the run has no checkpoint, its data is gone, a part is not installed, or the extractor lacks its
            weights.
    """
    spec = spec_on(folder, device)
    zoo = spec.zoo_with_files(zoo)
    session = TrainingSession(spec, zoo, cache)
    for part in moved_parts(spec, zoo.registry):
        _log.warning(f"{folder} was trained with {part} here: what is judged may not be its own")
    trainer = session.trainer

    def take(found: Checkpoint) -> bool:
        load_players(trainer, found.tensors, game_values(found))
        return True

    if newest_that(folder / "checkpoints", take) is None:
        raise GanzooError(without_checkpoint(folder))
    return session


def score_again(
    folder: Path,
    zoo: Zoo,
    cache: Cache,
    *,
    samples: int | None = None,
    metrics: tuple[str, ...] | None = None,
    extractor: str | None = None,
    weights: Path | None = None,
    device: str | None = None,
) -> dict[str, Any]:
    """Evaluate a run's newest checkpoint.

    Raises:
        GanzooError: the run has no checkpoint that can be read, its data is gone, or the extractor lacks its weights;
            or what it generates is no number.
    """
    spec = RunSpec.read(folder)
    changes: dict[str, Any] = {}
    if metrics:
        changes["metrics"] = metrics
    if extractor:
        own = spec.metrics or DataSet.from_json(spec.images).metrics
        changes |= {"extractor": extractor, "weights": None, "metrics": metrics or served(own, extractor, zoo.registry)}
    if weights:
        changes["weights"] = str(weights)
    if (extractor or spec.extractor) in (None, "none") and not (metrics or spec.metrics):
        raise GanzooError(f"{folder} was trained without an extractor; name one with --extractor")
    session = LoadedGenerator(folder, spec_on(folder, device, **changes), zoo, cache, needs_data=True)
    n = samples or spec.samples
    if session.evaluator is not None and metrics and not session.evaluator.metrics:
        raise GanzooError(
            f"{folder} is of {spec.name}, whose samples have no class as it is not conditional, and {metrics[0]} "
            "compares samples class by class: name other --metrics"
        )
    with _of(folder):
        scores = session.score(n)
    return {
        "schema": 1,
        "run": str(folder),
        "recipe": spec.name,
        "seed": spec.seed,
        "step": session.steps,
        "kimg": session.images_seen / 1000,
        "samples": n,
        "columns": [asdict(column) for column in session.columns],
        "identity": session.evaluator.identity if session.evaluator else {},
        "metrics": scores,
    }


@contextmanager
def _of(folder: Path) -> Iterator[None]:
    """Make the end of what is looked at an error of the user's."""
    try:
        yield
    except DivergedError as error:
        raise GanzooError(f"{folder}: {error}") from error
