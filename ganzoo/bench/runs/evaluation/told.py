"""Numbers that a recipe's terms tell of themselves."""

from __future__ import annotations

import math

from ....interfaces import RunLength
from ..generating.rows import length
from ..session import TrainingSession


def told_by_terms(session: TrainingSession) -> dict[str, float | None]:
    """Return the numbers of all terms of a run as far as it was played, by term and name; None for what is infinite."""
    trainer, recipe = session.trainer, session.recipe
    run = RunLength(
        trainer.images_seen, dict(trainer.turns), recipe.schedule.batch, length(session.modality, session.fields)
    )
    terms = {"loss": trainer.parts.loss} | {
        f"regularizers.{part.name}": term
        for part, term in zip(recipe.regularizers, trainer.parts.regularizers, strict=True)
    }
    return {
        f"{term}: {name}": value if math.isfinite(value) else None
        for term, part in terms.items()
        for name, value in part.told(run).items()
    }
