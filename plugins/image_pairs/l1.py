"""The distance of what was made to what is true."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Regularizer, Turn
from ganzoo.samples import flat


class L1(Regularizer):
    """The mean absolute difference of each fake and the real sample of the same condition.

    Source: arXiv:1611.07004, eq. 3, as a mean over the numbers of a sample, as the authors' code takes it.

    Args:
        weight: lambda, 100 in the paper.
        every: see ``Regularizer``.
    """

    pairs = True

    def __init__(self, weight: float = 100.0, every: int = 1) -> None:
        super().__init__(weight, every)

    def g_penalty(self, turn: Turn) -> Tensor:
        """E|fake - real|, a scalar of at least 0."""
        return (flat(turn.fake) - flat(turn.real)).abs().mean()
