"""Torch's optimizer that a recipe names, made for a player's weights."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import nn

from ...backend.strides import dense
from ...errors import RecipeError
from ..recipe import Optimizer


def optimizer_class(name: str) -> type[torch.optim.Optimizer]:
    """Return the class in ``torch.optim`` of this name, whatever its case: ``adam``, ``rmsprop``, ``adamw``, ``sgd``,
    ...

    Raises:
        RecipeError: there is none.
    """
    classes = {
        key.lower(): value
        for key, value in vars(torch.optim).items()
        if isinstance(value, type) and issubclass(value, torch.optim.Optimizer) and value is not torch.optim.Optimizer
    }
    unfit = {"lbfgs", "sparseadam"}  # the one needs a closure, the other sparse gradients
    if name.lower() not in classes or name.lower() in unfit:
        raise RecipeError(f"no optimizer named {name!r}; there are: {', '.join(sorted(classes.keys() - unfit))}")
    return classes[name.lower()]


def build_optimizer(
    spec: Optimizer, parameters: Iterable[nn.Parameter] | Sequence[dict[str, Any]]
) -> torch.optim.Optimizer:
    """Return the optimizer of one player, in its fused form where torch has one.

    Args:
        spec: what the recipe says.
        parameters: that it moves; or groups of them, each with a learning rate of its own.

    Raises:
        RecipeError: a parameter or a value that it does not take.
    """
    cls = optimizer_class(spec.name)
    params: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in spec.params.items()
    }
    make: Callable[..., torch.optim.Optimizer] = cls
    takes = inspect.signature(cls).parameters
    given: list[Any] = list(parameters)
    weights: list[nn.Parameter] = [weight for one in given for weight in (one["params"] if _is_group(one) else [one])]
    if (
        "fused" in takes
        and params.keys().isdisjoint({"fused", "foreach", "differentiable"})
        and weights[0].device.type in ("cpu", "cuda")
        and all(map(dense, weights))
    ):
        params["fused"] = True
    if "capturable" in takes and "capturable" not in params and weights[0].device.type == "cuda":
        params["capturable"] = True  # so that its count of steps lives on the GPU, where a replayed step finds it
    try:
        return make(given, lr=spec.lr, **params)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"optimizer {spec.name!r} refuses {spec.params}: {error}") from error


def _is_group(given: nn.Parameter | dict[str, Any]) -> bool:
    return isinstance(given, dict)
