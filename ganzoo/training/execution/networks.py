"""Execution of the players' networks: precision, and compiled or not."""

from collections.abc import Callable
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn

from ...backend.internals import profiler_is_on
from ...backend.precision import LOW
from ..labels import Phase, labelled


def _full(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _full(held) for key, held in value.items()}
    return value.float() if isinstance(value, Tensor) and value.is_floating_point() else value


class Networks:
    """Runs both players in low precision, compiled, or plainly, turn by turn.

    In low precision the networks alone run under autocast: what they give is float32 again, and so are the loss,
    the penalties, the weights and the optimizers. A turn that differentiates a gradient is played plainly:
    in float32, because small differences matter there, and uncompiled, because a compiled
    network has no second derivative.

    Args:
        G, D: both networks.
        precision: see ``ganzoo.backend.precision``.
        compiled: whether ``torch.compile`` makes them.
    """

    def __init__(self, G: nn.Module, D: nn.Module, *, precision: str, compiled: bool, device: torch.device) -> None:
        self.fast: dict[nn.Module, Callable[..., Any]] = {}
        self._phases: dict[nn.Module, Phase] = {G: "g_forward", D: "d_forward"}
        self._own = {player: vars(player)["forward"] for player in self._phases if "forward" in vars(player)}
        self._plain = {player: _unbound(player, self._own.get(player)) for player in self._phases}
        self._way = (True, False)
        dtype = LOW.get(precision)
        for player in self._phases:
            run = self._plain[player]
            if dtype is not None:
                run = _lowered(run, dtype, device.type)
            if compiled:
                # with the random numbers that the layers draw uncompiled
                run = torch.compile(run, options={"fallback_random": True})
            if run is not self._plain[player]:
                self.fast[player] = run

    def play(self, *, plainly: bool) -> None:
        """From now on run them so; while a profiler runs, with labels."""
        way = (plainly or not self.fast, profiler_is_on())
        if way == self._way:
            return
        self._way = way
        for player, phase in self._phases.items():
            vars(player).pop("forward", None)
            plain = self._plain[player]
            run = plain if plainly else self.fast.get(player, plain)
            if profiler_is_on():
                run = labelled(run, phase)
            if run is not plain:
                player.forward = MethodType(run, player)  # a method, so that a copy of the player has its own
            elif player in self._own:
                player.forward = self._own[player]


def _unbound(player: nn.Module, own: Callable[..., Any] | None) -> Callable[..., Any]:
    """Give the forward pass of a player as a function of it; ``own`` is one that the player itself was given."""
    if own is None:
        return type(player).forward
    return lambda self, *args, **kwargs: own(*args, **kwargs)


def _lowered(forward: Callable[..., Any], dtype: torch.dtype, device: str) -> Callable[..., Any]:
    def lowered(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        # Without its cache: weights that were cast where no gradient is taken would be taken for those that learn.
        with torch.autocast(device, dtype=dtype, cache_enabled=False):
            return _full(forward(self, *args, **kwargs))

    return lowered
