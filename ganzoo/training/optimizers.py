"""Optimizers whose learning rate, or whose betas, change over a run."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from ..recipes.optimizer import build_optimizer
from ..recipes.sections import Optimizer
from ..recipes.value_schedule import ValueSchedule
from .changing_adam import ChangingAdam
from .played_values import PlayedValues


def make_optimizer(
    key: str, spec: Optimizer, weights: Sequence[nn.Parameter], changing: PlayedValues
) -> torch.optim.Optimizer:
    """Return the optimizer of one player.

    Args:
        key: of the recipe, ``g_optimizer`` or ``d_optimizer``.
        spec: what the recipe says there.
        weights: what it moves.
        changing: the values that change over the run.

    Raises:
        RecipeError: a parameter or a value that it does not take.
    """
    betas = list(spec.params.get("betas", ()))
    if any(isinstance(beta, ValueSchedule) for beta in betas):
        betas = [changing.exact.get(f"{key}.betas.{i}", beta) for i, beta in enumerate(betas)]
        others: dict[str, Any] = {name: value for name, value in spec.params.items() if name != "betas"}
        if spec.name.lower() == "adamw":
            others = {"weight_decay": 1e-2, **others, "decoupled": True}  # the default of torch
        lr = changing.now[f"{key}.lr"] if isinstance(spec.lr, ValueSchedule) else spec.lr
        return ChangingAdam(weights, lr, betas, **others)
    if not isinstance(spec.lr, ValueSchedule):
        return build_optimizer(spec, weights)
    optimizer = build_optimizer(spec.model_copy(update={"lr": max(spec.lr.values())}), weights)
    for group in optimizer.param_groups:
        group["lr"] = changing.now[f"{key}.lr"]  # once it is made: only then do all take a tensor
    return optimizer
