"""A fitted run, taken up again to be looked at."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..cache import Cache
from ..discovery import Zoo
from ..errors import GanzooError
from ..game.checkpoint import newest
from .environment import devices
from .fitted import Fitted
from .spec import RunSpec


def _taken_up(
    folder: Path, zoo: Zoo, cache: Cache, say: Callable[[str], None], device: str | None, **changes: Any
) -> Fitted:
    spec = RunSpec.read(folder)
    where = devices(device or spec.device)[0]
    spec = replace(spec, device=where, **changes)
    fitted = Fitted(spec, zoo, cache, say)
    found = newest(folder / "checkpoints", say)
    if found is None:
        raise GanzooError(f"{folder} holds no checkpoint yet; train it first")
    tensors, values = found
    fitted.trainer.load_state(tensors, values["trainer"])
    return fitted


def score_again(
    folder: Path,
    zoo: Zoo,
    cache: Cache,
    say: Callable[[str], None],
    *,
    samples: int | None = None,
    metrics: tuple[str, ...] | None = None,
    extractor: str | None = None,
    weights: Path | None = None,
    device: str | None = None,
) -> dict[str, Any]:
    """The metrics of a run's newest checkpoint.

    Raises:
        GanzooError: the run has no checkpoint, its data is gone, or the extractor lacks its weights.
    """
    spec = RunSpec.read(folder)
    changes: dict[str, Any] = {}
    if metrics:
        changes["metrics"] = metrics
    if extractor:
        changes |= {"extractor": extractor, "weights": None, "metrics": metrics or spec.metrics or ("fid", "is")}
    if weights:
        changes["weights"] = str(weights)
    if (extractor or spec.extractor) in (None, "none"):
        raise GanzooError(f"{folder} was trained without an extractor; name one with --extractor")
    fitted = _taken_up(folder, zoo, cache, say, device, **changes)
    n = samples or spec.samples
    return {
        "schema": 1,
        "run": str(folder),
        "recipe": spec.name,
        "seed": spec.seed,
        "step": fitted.trainer.steps,
        "kimg": fitted.trainer.images_seen / 1000,
        "samples": n,
        "columns": [asdict(column) for column in fitted.columns],
        "identity": fitted.judge.identity if fitted.judge else {},
        "metrics": fitted.score(n),
    }


def draw_again(
    folder: Path,
    zoo: Zoo,
    cache: Cache,
    say: Callable[[str], None],
    *,
    n: int,
    seed: int = 0,
    device: str | None = None,
) -> np.ndarray:
    """``(n, C, H, W)`` uint8 images of a run's newest checkpoint.

    Raises:
        GanzooError: the run has no checkpoint.
    """
    return _taken_up(folder, zoo, cache, say, device, extractor=None).pictures(n, seed).numpy()
