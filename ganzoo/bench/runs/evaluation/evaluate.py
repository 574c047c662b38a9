"""Evaluation of a generator as it stands, and of a run's players at its end."""

from pathlib import Path
from typing import Any

from ....interfaces import OfClass
from ....storage.atomic import write_file
from ..examine import examine
from ..examine.verdicts import verdicts_on
from ..session import TrainingSession
from .best import Best
from .pictures import interpolations_of, picture_of
from .told import told_by_terms


def evaluate(
    session: TrainingSession, folder: Path, kimg: float, spreads: dict[str, float] | None = None
) -> dict[str, Any]:
    """Draw and evaluate the generator as it stands.

    Args:
        session: the run.
        folder: of the run; pictures go into its ``samples``.
        kimg: thousand real images that D was shown, which the pictures are named by.
        spreads: is given each number's standard error over the samples.

    Returns:
        ``metrics``; ``grid``, the path of the samples' picture in the folder, None where their modality has none;
        ``pictures``, those of what metrics drew, where any did; ``told``, numbers of the terms, where they have any;
        and ``by_class``, the numbers of single classes, where spreads are asked for too, as at the end of a run.

    Raises:
        DivergedError: the images are no longer numbers.
    """
    at = f"kimg-{kimg:010.3f}.png"
    if (samples := picture_of(session)) is not None:
        write_file(folder / "samples" / at, samples)
    drawn: dict[str, bytes] = {}
    found: dict[str, dict[int, OfClass]] | None = None if spreads is None else {}
    metrics = session.score(session.spec.samples, drawn, spreads=spreads, by_class=found)
    for metric, picture in drawn.items():
        write_file(folder / "samples" / f"{metric}-{at}", picture)
    pictures = {metric: f"samples/{metric}-{at}" for metric in drawn}
    grid = None if samples is None else f"samples/{at}"
    told = told_by_terms(session)
    more: dict[str, Any] = {"pictures": pictures, "told": told, "by_class": _named(session, found or {})}
    return {"metrics": metrics, "grid": grid, **{key: value for key, value in more.items() if value}}


def _named(session: TrainingSession, found: dict[str, dict[int, OfClass]]) -> dict[str, dict[str, Any]]:
    """Return numbers of classes, as a result has them, by metric and by the name of the class."""
    names, floor = session.images.classes, session.reference.floor_by_class if found else {}
    return {
        key: {
            names[label]: {
                "value": one.value,
                "floor": floor.get(key, {}).get(label),
                "generated": one.generated,
                "real": one.real,
            }
            for label, one in classes.items()
        }
        for key, classes in found.items()
    }


def examine_at_end(session: TrainingSession, folder: Path, best: Best | None) -> dict[str, Any]:
    """Examine the players at the end of a run, and evaluate its best generator again.

    Args:
        session: the run.
        folder: of the run; pictures go into its ``samples``.
        best: what kept the best generator, where one was to be kept.

    Returns:
        The fields ``examinations``, ``verdicts``, ``pictures`` and ``best`` of the run's result. A run that is
        asked for no examination has no verdicts either.

    Raises:
        DivergedError: the images are no longer numbers.
    """
    found, pictures = examine(session, session.spec.examinations, session.spec.seed)
    if (between := interpolations_of(session)) is not None:
        pictures["interpolation"] = between
    for name, picture in pictures.items():
        write_file(folder / "samples" / f"{name}.png", picture)
    return {
        "examinations": found,
        "verdicts": verdicts_on(session) if session.spec.examinations else [],
        "pictures": {name: f"samples/{name}.png" for name in pictures},
        "best": best.evaluated_again(session, session.spec.samples) if best is not None else None,
    }
