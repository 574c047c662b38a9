"""Rows of a batch, drawn by tossing a coin for each."""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor

OVERFLOW = 1e-30  # the chance that a lot has more rows than are looked at


class Lot:
    """Chooses rows of a batch, each independently of the others with one probability.

    Of the rows only so many are looked at as a lot has but with a probability of ``OVERFLOW``; rows beyond are left
    out. That many is known in advance, so that shapes are fixed.

    Args:
        keep: the probability; with 1 every row is taken, and nothing is drawn.
    """

    def __init__(self, keep: float) -> None:
        self.keep = keep

    def drawn(self, n: int, rng: torch.Generator) -> tuple[Tensor | None, Tensor | None]:
        """Return which rows of ``n`` are looked at, ``(K,)`` int64, and by how much each counts, ``(K,)``, 0 or 1.

        None and None for all of them.
        """
        if self.keep == 1:
            return None, None
        coins = torch.rand(n, device=rng.device, generator=rng)
        low, chosen = coins.topk(most_of(n, self.keep), largest=False, sorted=False)
        return chosen, (low < self.keep).to(coins.dtype)


@cache
def most_of(n: int, keep: float) -> int:
    """Return the least K for which more than K of ``n`` coins fall with a probability of at most ``OVERFLOW``."""
    beyond = 0.0
    for k in range(n, 0, -1):
        chance = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
        beyond += math.exp(chance + k * math.log(keep) + (n - k) * math.log1p(-keep))
        if beyond > OVERFLOW:
            return k
    return 1
