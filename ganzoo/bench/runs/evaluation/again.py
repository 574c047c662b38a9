"""A training session, taken up again to be looked at."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ....data import ImageSet
from ....errors import GanzooError
from ....registry.discovery import Zoo
from ....storage.cache import Cache
from ....training.checkpoint import newest
from ...results.spec import RunSpec
from ..environment import devices
from ..session import TrainingSession
from .pictures import picture_of, shown


def _taken_up(folder: Path, zoo: Zoo, cache: Cache, device: str | None, **changes: Any) -> TrainingSession:
    spec = RunSpec.read(folder)
    where = devices(device or spec.device)[0]
    spec = spec.changed(device=where, **changes)
    session = TrainingSession(spec, zoo, cache)
    found = newest(folder / "checkpoints")
    if found is None:
        raise GanzooError(f"{folder} holds no checkpoint yet; train it first")
    tensors, values = found
    session.trainer.load_state(tensors, values["trainer"])
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
        GanzooError: the run has no checkpoint, its data is gone, or the extractor lacks its weights.
    """
    spec = RunSpec.read(folder)
    changes: dict[str, Any] = {}
    if metrics:
        changes["metrics"] = metrics
    if extractor:
        own = spec.metrics or ImageSet.from_json(spec.images).metrics
        changes |= {"extractor": extractor, "weights": None, "metrics": metrics or own}
    if weights:
        changes["weights"] = str(weights)
    if (extractor or spec.extractor) in (None, "none"):
        raise GanzooError(f"{folder} was trained without an extractor; name one with --extractor")
    session = _taken_up(folder, zoo, cache, device, **changes)
    n = samples or spec.samples
    return {
        "schema": 1,
        "run": str(folder),
        "recipe": spec.name,
        "seed": spec.seed,
        "step": session.trainer.steps,
        "kimg": session.trainer.images_seen / 1000,
        "samples": n,
        "columns": [asdict(column) for column in session.columns],
        "identity": session.evaluator.identity if session.evaluator else {},
        "metrics": session.score(n),
    }


def draw_again(
    folder: Path,
    zoo: Zoo,
    cache: Cache,
    *,
    n: int | None = None,
    seed: int = 0,
    device: str | None = None,
) -> tuple[bytes, str]:
    """Draw ``n`` samples of a run's newest checkpoint; gives the PNG and what it shows, e.g. ``64 images``.

    Args:
        folder: the run's.
        zoo: all parts.
        cache: holds the data.
        n: None for as many as the run's own pictures show.
        seed: of the noise; the default is that of the run's own pictures.
        device: None for the run's own.

    Raises:
        GanzooError: the run has no checkpoint.
    """
    session = _taken_up(folder, zoo, cache, device, extractor=None)
    points = ImageSet.from_json(session.spec.images).points
    n = n or shown(points)
    return picture_of(session, n, seed), f"{n:,} {'points' if points else 'images'}"
