"""Norms of the gradients that the players move by."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from ...backend.internals import foreach_norm
from ...interfaces.turn import Player

# A norm costs a small game two or three hundredths of a step, and so one step in so many is measured.
EVERY = {"cpu": 4, "cuda": 8}
_PLACES: dict[Player, int] = {"D": 0, "G": 2}


class GradientNorms:
    """Adds up the Euclidean norms of each player's gradient over turns that are measured, without a wait.

    The norm is of all that the player moves, as its optimizer finds it: with every penalty that was due, and with
    no loss scale.

    Attributes:
        sums: ``(4,)``: of D's norms, D's turns, G's norms, G's turns; float32, always the same tensor.
        every: steps from one that is measured to the next; 0 measures none.
    """

    def __init__(self, device: torch.device) -> None:
        self.sums = torch.zeros(4, device=device)
        self.every = EVERY.get(device.type, 8)
        self._slots = {player: (self.sums[k], self.sums[k + 1]) for player, k in _PLACES.items()}

    def due(self, step: int) -> bool:
        """Return whether the ``step``-th step, counted from 0, is measured: the second of each ``every``.

        Not the first, which has the lazy penalties, so many times as strong as in the mean. And not a late one: the
        first step of a kind is slow where steps are replayed, and the first few are warm-up.
        """
        return self.every > 0 and step % self.every == 1 % self.every

    def add(self, player: Player, weights: Iterable[Tensor], *, scaled: bool) -> None:
        """Take in the gradients that ``weights`` hold.

        Args:
            player: whose turn it is.
            weights: all that the player moves.
            scaled: the gradients were scaled for low precision, and are no longer; a turn in which they overflowed
                moves nobody, and does not count.
        """
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        if not gradients:
            return
        norm = torch.linalg.vector_norm(torch.stack(foreach_norm(gradients)))
        total, turns = self._slots[player]
        if scaled:
            total.add_(norm.nan_to_num(nan=0.0, posinf=0.0))
            turns.add_(norm.isfinite())
        else:
            total.add_(norm)
            turns.add_(1)

    def read(self) -> dict[str, float | None]:
        """Return the mean norms since the last reading, ``d_gradient`` and ``g_gradient``; waits for the device.

        None where no turn was measured, or the mean is no finite number.
        """
        held = self.sums.tolist()
        self.sums.zero_()
        means = {}
        for player, k in _PLACES.items():
            mean = held[k] / held[k + 1] if held[k + 1] else math.nan
            means[f"{player.lower()}_gradient"] = mean if math.isfinite(mean) else None
        return means
