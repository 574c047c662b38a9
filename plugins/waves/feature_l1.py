"""Feature matching of pairs."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Regularizer, Turn


class FeatureL1(Regularizer):
    """The absolute difference of what the discriminator sees in each fake and in the real sample of the same condition.

    Of ``features`` whose layers are divided by their sizes, as those of ``multi-period-scale`` are, the sum over layers
    of the mean absolute difference, which the paper takes.

    Source: arXiv:2010.05646, eq. 5.

    Args:
        weight: lambda_fm; 2 in the paper beside a sum over the heads of squares, and 2 over twice the heads, 1/8 with
            eight of these, beside the mean over heads of halved squares.
        every: see ``Regularizer``.
    """

    reads = frozenset({"features"})
    pairs = True

    def __init__(self, weight: float = 0.125, every: int = 1) -> None:
        super().__init__(weight, every)

    def g_penalty(self, turn: Turn) -> Tensor:
        """E ||f(real) - f(fake)||_1, a scalar of at least 0."""
        real = turn.on_real["features"].detach()
        return (real - turn.on_fake["features"]).abs().flatten(1).sum(1).mean()
