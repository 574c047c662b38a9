"""The values of a recipe that change over a run. Does not import torch."""

from collections.abc import Callable
from contextlib import suppress

from ..errors import RecipeError
from .recipe import Recipe
from .schedules.averaging import Averaging
from .schedules.curve import Curve
from .schedules.value_schedule import ValueSchedule

EMA = "schedule.ema"
USUAL_KIMG = 200.0  # of a run that nobody gives a budget: the default of ``ganzoo bench``
_FURTHEST = 40  # doublings, and halvings: from less than an image to more than is played


def weight_keys(recipe: Recipe) -> list[str]:
    """Return the dotted key of the weight of each regularizer, in their order; a second one of a name has its place."""
    named = [part.name for part in recipe.regularizers]
    return [
        f"regularizers.{name}.weight" if name not in named[:i] else f"regularizers[{i}].weight"
        for i, name in enumerate(named)
    ]


def schedules_of(recipe: Recipe) -> dict[str, ValueSchedule]:
    """Return every value schedule of a recipe by its dotted key, such as ``d_optimizer.betas.1``."""
    found: dict[str, object] = {}
    for name, optimizer in (("g_optimizer", recipe.g_optimizer), ("d_optimizer", recipe.d_optimizer)):
        found[f"{name}.lr"] = optimizer.lr
        found |= {f"{name}.betas.{i}": beta for i, beta in enumerate(optimizer.params.get("betas", ()))}
    weights = (part.params.get("weight") for part in recipe.regularizers)
    found |= dict(zip(weight_keys(recipe), weights, strict=True))
    ema = recipe.schedule.ema
    if isinstance(ema, Averaging):
        found |= {f"{EMA}.decay": ema.decay, f"{EMA}.halflife": ema.halflife}
    return {key: value for key, value in found.items() if isinstance(value, ValueSchedule)}


def curves_of(recipe: Recipe, budget: float | None) -> dict[str, Curve]:
    """Return each value that changes as a function of the real images shown to D before a step.

    Args:
        recipe: what is played.
        budget: kimg of the whole run; None where it is a time, or there is none.

    Raises:
        RecipeError: a place is a share of a budget that has no number of images, or comes after one that it must come
            before.
    """
    found = {}
    for key, schedule in schedules_of(recipe).items():
        try:
            found[key] = schedule.curve(budget)
        except ValueError as error:
            raise RecipeError(f"recipe {recipe.name!r}: {key}: {error}") from None
    return found


def some_budget(recipe: Recipe) -> float:
    """Return the kimg of a run that steps of no run may be the first of: 200, the budget of a bench that names none.

    Where the places of a value do not follow one another in such a run, as with a warm-up of 500 kimg and an end at
    100%, it is 200 doubled or halved until they do.

    Raises:
        RecipeError: they do in no run.
    """
    for n in range(_FURTHEST):
        for budget in (USUAL_KIMG * 2.0**n, USUAL_KIMG * 2.0**-n):
            with suppress(RecipeError):
                curves_of(recipe, budget)
                return budget
    curves_of(recipe, USUAL_KIMG)  # which says why not
    return USUAL_KIMG


def decay_of(recipe: Recipe, budget: float | None) -> Callable[[int], float] | None:
    """Return the decay of the averaged generator by the number of a step, counted from 0; None without an average.

    Raises:
        RecipeError: see ``curves_of``.
    """
    ema = recipe.schedule.ema
    if not ema:
        return None
    averaging = ema if isinstance(ema, Averaging) else Averaging(decay=ema)
    curve = next((curve for key, curve in curves_of(recipe, budget).items() if key.startswith(f"{EMA}.")), None)
    return averaging.decays(recipe.schedule.batch * recipe.schedule.d_steps, curve)
