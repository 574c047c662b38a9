"""Weights that are scaled while they work, all of a player at once."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.autograd import Function

from ganzoo.layers import multiply_each


class Scaled(nn.Module):
    """A layer whose weights are scaled while it works.

    Attributes:
        scales: the factors, by the names of the weights.
        made: the scaled weights for the next look at them, where they were made beforehand.
    """

    def __init__(self) -> None:
        super().__init__()
        self.scales: dict[str, float] = {}
        self.made: dict[str, Tensor] | None = None

    def scaled(self) -> dict[str, Tensor]:
        """Give the scaled weights by name, those alone that there are."""
        made, self.made = self.made, None
        if made is not None:
            return made
        return {name: weight * self.scales[name] for name, weight in self.to_scale().items()}

    def to_scale(self) -> dict[str, Tensor]:
        """Give the weights that are scaled."""
        named = {name: getattr(self, name) for name in self.scales}
        return {name: weight for name, weight in named.items() if weight is not None}


class _Scaling(Function):
    """Tensors times numbers, in one launch for all of them; so are their gradients, of any order."""

    @staticmethod
    def forward(ctx: Any, scales: list[float], *weights: Tensor) -> tuple[Tensor, ...]:
        ctx.scales = scales
        ctx.set_materialize_grads(False)
        return tuple(multiply_each(weights, scales))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Any, ...]:
        there = [i for i, gradient in enumerate(gradients) if gradient is not None]
        found: list[Tensor | None] = [None] * len(gradients)
        if there:
            given = [gradient for gradient in gradients if gradient is not None]
            for i, scaled in zip(there, _Scaling.apply([ctx.scales[i] for i in there], *given), strict=True):
                found[i] = scaled
        return None, *found


def scale_together(player: nn.Module) -> None:
    """Let each forward pass of a player scale the weights of all its layers at once, with the same numbers."""
    player.register_forward_pre_hook(_make)
    player.register_forward_hook(_leave, always_call=True)


def _layers(player: nn.Module) -> list[Scaled]:
    return [module for module in player.modules() if isinstance(module, Scaled)]


def _make(player: nn.Module, given: Any) -> None:
    layers = _layers(player)
    weights = [layer.to_scale() for layer in layers]
    scales = [layer.scales[name] for layer, named in zip(layers, weights, strict=True) for name in named]
    made = iter(_Scaling.apply(scales, *(weight for named in weights for weight in named.values())))
    for layer, named in zip(layers, weights, strict=True):
        layer.made = {name: next(made) for name in named}


def _leave(player: nn.Module, given: Any, result: Any) -> None:
    """Drop the scaled weights that a pass did not read."""
    for layer in _layers(player):
        layer.made = None
