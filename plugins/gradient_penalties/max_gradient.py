"""The maximum gradient penalty."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Regularizer, Turn
from ganzoo.layers import gathered, interpolate_real_fake, squared_slope


class MaxGradient(Regularizer):
    """Holds down the critic's Lipschitz constant: the largest ||grad D(x)||^2 of the batch.

    x is drawn uniformly on the line between a real and a fake image, one draw for each pair.

    Source: arXiv:1902.05687, and the authors' code; arXiv:1904.01184 compares it with a mean.
    Departs: each batch is looked at by itself; the paper can also keep the points where the slope was steepest.
        With labels, the images between carry the labels of the real ones.

    Args:
        weight: the paper's lambda; the default is that of the authors' code for CIFAR-10.
        every: take it once in so many turns of the critic, so many times as strong (arXiv:1912.04958).
    """

    reads = frozenset({"logits"})
    second_order = True
    samples = "gathered"

    def __init__(self, weight: float = 0.1, every: int = 1) -> None:
        super().__init__(weight, every)

    def d_penalty(self, turn: Turn) -> Tensor:
        """Largest ||grad D(x)||^2 of the batch, a scalar of at least 0."""
        x = interpolate_real_fake(turn)
        return gathered(squared_slope(turn.judge(x, turn.y)["logits"], x)).amax()
