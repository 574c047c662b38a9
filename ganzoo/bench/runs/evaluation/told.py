"""Numbers that a recipe's terms tell of themselves."""

from __future__ import annotations

import logging
import math

from ....interfaces import RunLength
from ....registry.registry import describe
from ..generating.rows import length
from ..session import TrainingSession

_log = logging.getLogger(__name__)


def told_by_terms(session: TrainingSession) -> dict[str, float | None]:
    """Return the numbers of all terms of a run as far as it was played, by term and name; None for what is infinite.

    A term that fails to tell of itself, or tells no numbers, is left out, and the run's log says so.
    """
    trainer, recipe = session.trainer, session.recipe
    run = RunLength(
        trainer.images_seen, dict(trainer.turns), recipe.schedule.batch, length(session.modality, session.fields)
    )
    terms = {"loss": trainer.parts.loss} | {
        f"regularizers.{part.name}": term
        for part, term in zip(recipe.regularizers, trainer.parts.regularizers, strict=True)
    }
    found: dict[str, float | None] = {}
    for term, part in terms.items():
        try:
            numbers = {str(name): float(value) for name, value in part.told(run).items()}
        except Exception as error:
            _log.warning(f"{session.spec.name} seed {session.spec.seed}: {term} tells nothing: {describe(error)}")
            continue
        found |= {f"{term}: {name}": value if math.isfinite(value) else None for name, value in numbers.items()}
    return found
