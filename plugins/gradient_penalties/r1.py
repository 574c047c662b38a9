"""The R1 penalty."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Regularizer, Turn
from ganzoo.layers import squared_slope


class R1(Regularizer):
    """Flattens the discriminator at real images: E[||grad D(real)||^2] / 2, times ``weight``.

    Source: arXiv:1801.04406, eq. 9.

    Args:
        weight: the paper's gamma.
        every: take it once in so many turns of the discriminator, so many times as strong (arXiv:1912.04958).
    """

    reads = frozenset({"logits"})
    second_order = True

    def __init__(self, weight: float = 10.0, every: int = 1) -> None:
        super().__init__(weight, every)

    def d_penalty(self, turn: Turn) -> Tensor:
        """E[||grad D(real)||^2] / 2, a scalar of at least 0."""
        return 0.5 * squared_slope(turn.on_real["logits"], turn.real).mean()
