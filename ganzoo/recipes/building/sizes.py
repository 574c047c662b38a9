"""Sizes of networks: their numbers of parameters, counted without making their weights."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from ...interfaces import Modality
from ...registry.registry import Registry
from ..recipe import Recipe
from .build import build_part

PLAYERS = ("generator", "discriminator")


_DRAWN = {Tensor.normal_, Tensor.uniform_}


class _Undrawn(TorchFunctionMode):
    """Leaves weights without values: to draw some on the device ``meta`` imports torch's compiler, for nothing."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = kwargs or {}
        if func in _DRAWN or getattr(func, "__module__", "") == torch.nn.init.__name__:
            return args[0] if args else given["tensor"]
        return func(*args, **given)


def count_parameters(recipe: Recipe, registry: Registry, *, modality: Modality) -> dict[str, int]:
    """Count what each player is trained by; the terms' own parameters are not among it.

    Args:
        recipe: names the players.
        registry: knows them.
        modality: of the data; an unconditional recipe does not see their labels.

    Returns:
        Numbers of parameters, by ``generator`` and ``discriminator``.

    Raises:
        RecipeError: a player refuses these data or its parameters.
        PluginError: its constructor fails in a way of its own.
    """
    found = {}
    for kind in PLAYERS:
        with torch.device("meta"), _Undrawn():  # weights without memory and without values
            part = getattr(recipe, kind)
            player = build_part(registry, kind, part, modality=modality, conditional=recipe.conditional)
        found[kind] = sum(weight.numel() for weight in player.parameters() if weight.requires_grad)
    return found
