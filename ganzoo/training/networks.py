"""How the players' networks are run: in which precision, and compiled or not."""

from collections.abc import Callable
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn

from ..backend.precision import LOW


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
        players: both networks.
        precision: see ``ganzoo.backend.precision``.
        compiled: whether ``torch.compile`` makes them.
    """

    def __init__(self, *players: nn.Module, precision: str, compiled: bool, device: torch.device) -> None:
        self.fast: dict[nn.Module, Callable[..., Any]] = {}
        self._is_fast = False
        dtype = LOW.get(precision)
        for player in players:
            run = type(player).forward
            if dtype is not None:
                run = _lowered(run, dtype, device.type)
            if compiled:
                # with the random numbers that the layers draw uncompiled
                run = torch.compile(run, options={"fallback_random": True})
            if run is not type(player).forward:
                self.fast[player] = run

    def play(self, *, plainly: bool) -> None:
        """From now on run them so."""
        if plainly == self._is_fast:
            for player, run in self.fast.items():
                if plainly:
                    del player.forward
                else:
                    player.forward = MethodType(run, player)  # a method, so that a copy of the player has its own
            self._is_fast = not plainly


def _lowered(forward: Callable[..., Any], dtype: torch.dtype, device: str) -> Callable[..., Any]:
    def lowered(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        # Without its cache: weights that were cast where no gradient is taken would be taken for those that learn.
        with torch.autocast(device, dtype=dtype, cache_enabled=False):
            return _full(forward(self, *args, **kwargs))

    return lowered
