"""Optimizers whose learning rate, or whose betas, change over a run."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ...recipes.building.learning import groups
from ...recipes.building.optimizer import build_optimizer
from ...recipes.schedules.value_schedule import ValueSchedule
from ...recipes.schema.sections import Optimizer
from .changing_adam import ChangingAdam
from .played_values import PlayedValues, rate_key


def make_optimizer(
    key: str, spec: Optimizer, weights: Sequence[nn.Parameter], changing: PlayedValues, names: Sequence[str] = ()
) -> torch.optim.Optimizer:
    """Return the optimizer of one player.

    Args:
        key: of the recipe, ``g_optimizer`` or ``d_optimizer``.
        spec: what the recipe says there.
        weights: what it moves.
        changing: the values that change over the run.
        names: of the weights, in their order, by which ``scale`` gives each the multiple of its rate.

    Raises:
        RecipeError: a parameter or a value that it does not take, or a name in ``scale`` that no weight has.
    """
    scaled = groups(key, spec, list(zip(names, weights, strict=True))) if spec.scale else []
    moved: Any = [{"params": held, "lr": _rate(key, spec, factor, changing)} for factor, held in scaled] or weights
    betas = list(spec.params.get("betas", ()))
    if any(isinstance(beta, ValueSchedule) for beta in betas):
        betas = [changing.exact.get(f"{key}.betas.{i}", beta) for i, beta in enumerate(betas)]
        others: dict[str, Any] = {name: value for name, value in spec.params.items() if name != "betas"}
        if spec.name.lower() == "adamw":
            others = {"weight_decay": 1e-2, **others, "decoupled": True}  # the default of torch
        return ChangingAdam(moved, _rate(key, spec, 1.0, changing), betas, **others)
    if not isinstance(spec.lr, ValueSchedule):
        return build_optimizer(spec, moved)
    beginning = max(spec.lr.values())
    parted: Any = [{"params": held, "lr": beginning} for _, held in scaled] or weights
    optimizer = build_optimizer(spec.model_copy(update={"lr": beginning}), parted)
    factors = [factor for factor, _ in scaled] or [1.0]
    for factor, group in zip(factors, optimizer.param_groups, strict=True):
        group["lr"] = _rate(key, spec, factor, changing)  # once it is made: only then do all take a tensor
    return optimizer


def _rate(key: str, spec: Optimizer, factor: float, changing: PlayedValues) -> float | Tensor:
    """Return a multiple of the learning rate, a number on the device where it changes over the run."""
    return changing.now[rate_key(key, factor)] if isinstance(spec.lr, ValueSchedule) else spec.lr * factor
