"""The values of a recipe that change over a run. Does not import torch."""

from .averaging import Averaging
from .recipe import Recipe
from .value_schedule import ValueSchedule


def schedules_of(recipe: Recipe) -> dict[str, ValueSchedule]:
    """Return every value schedule of a recipe by its dotted key, such as ``d_optimizer.betas.1``."""
    found: dict[str, object] = {}
    for name, optimizer in (("g_optimizer", recipe.g_optimizer), ("d_optimizer", recipe.d_optimizer)):
        found[f"{name}.lr"] = optimizer.lr
        found |= {f"{name}.betas.{i}": beta for i, beta in enumerate(optimizer.params.get("betas", ()))}
    found |= {f"regularizers.{part.name}.weight": part.params.get("weight") for part in recipe.regularizers}
    ema = recipe.schedule.ema
    if isinstance(ema, Averaging):
        found |= {"schedule.ema.decay": ema.decay, "schedule.ema.halflife": ema.halflife}
    return {key: value for key, value in found.items() if isinstance(value, ValueSchedule)}
