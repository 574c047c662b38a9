"""Settings of a recipe that cannot take effect in a run, said before it is played."""

import math
from collections.abc import Callable, Iterator

from ...interfaces import RunLength
from ...interfaces.turn import Player
from ...recipes.building.build import Parts
from ...recipes.changing import EMA, curves_of, decay_of, schedules_of
from ...recipes.recipe import Recipe
from ...recipes.schedules.averaging import Averaging
from .due import acts

_REMEMBERED = 0.1  # of the initial weights, at the end of a run
_LOOKS = 1000  # steps of a run at which a decay is compared with its warm-up


def unreached(recipe: Recipe, parts: Parts, budget: float | None, rows: int) -> list[str]:
    """Return what of a recipe cannot take effect in a run, a sentence each, behind the key that is meant.

    Args:
        recipe: what is played.
        parts: built of it.
        budget: kimg of the run; where it is None, a time, nothing is known.
        rows: of the data.
    """
    if budget is None:
        return []
    schedule = recipe.schedule
    steps = math.ceil(1000 * budget / (schedule.batch * schedule.d_steps))
    turns: dict[Player, int] = {"D": steps * schedule.d_steps, "G": steps}
    run = RunLength(steps * schedule.d_steps * schedule.batch, turns, schedule.batch, rows)
    return [*_of_schedules(recipe, budget), *_of_average(recipe, budget, steps), *_of_terms(recipe, parts, run)]


def _of_schedules(recipe: Recipe, budget: float) -> Iterator[str]:
    curves = curves_of(recipe, budget)
    for key, schedule in schedules_of(recipe).items():
        if schedule.warmup.images(budget) > 1000 * budget:
            yield f"{key}: its warm-up lasts until {schedule.warmup}, and the run ends at {budget:g} kimg"
        elif curves[key].last > 1000 * budget:
            last = curves[key]
            yield (
                f"{key}: its value of {last.knots[-1].value:g} at {last.last / 1000:g} kimg lies beyond the run, which "
                f"ends at {budget:g} kimg with {last.at(1000 * budget):.3g}"
            )


def _of_average(recipe: Recipe, budget: float, steps: int) -> Iterator[str]:
    """Say where the decay is that of the warm-up in every step, so that any higher one would be the same.

    Without a warm-up: where the average is still made of the weights that the run began with.
    """
    ema, decay = recipe.schedule.ema, decay_of(recipe, budget)
    if decay is None:
        return
    if isinstance(ema, Averaging) and not ema.warmup:
        kept = _initial(decay, steps)
        if kept > _REMEMBERED:
            yield (
                f"{EMA}: {100 * kept:.0f} % of the average are the initial weights after the {steps:,} steps of the "
                "run, since it has no warm-up: give a lower value"
            )
        return
    looks = {*range(0, steps, max(1, steps // _LOOKS)), steps - 1}
    if all(decay(step) == (1 + step) / (10 + step) for step in looks):
        asked = f"{ema:g}" if isinstance(ema, float) else "its value"
        yield (
            f"{EMA}: the average of the generator's weights is still in its warm-up when the run ends: its decay, "
            f"(1 + t) / (10 + t), is {decay(steps - 1):.4f} after {steps:,} steps, and {asked} or any higher one gives "
            "the same"
        )


def _initial(decay: Callable[[int], float], steps: int) -> float:
    """Return the share of the initial weights in the average, or some share that is too small to be told."""
    kept = 1.0
    for step in range(steps):
        kept *= decay(step)
        if kept <= _REMEMBERED:
            break
    return kept


def _of_terms(recipe: Recipe, parts: Parts, run: RunLength) -> Iterator[str]:
    if (said := parts.loss.unreached(run)) is not None:
        yield f"loss: {said}"
    for part, term in zip(recipe.regularizers, parts.regularizers, strict=True):
        if (said := term.unreached(run)) is not None:
            yield f"regularizers.{part.name}: {said}"
        players: tuple[Player, ...] = ("D", "G")
        most = max((run.turns[player] for player in players if acts(term, player)), default=0)
        if term.every > most > 0:
            key = f"regularizers.{part.name}.every"
            yield f"{key}: it is {term.every:,}, and the run has {most:,} turns, of which the term has the first alone"
