"""The zero-centred gradient penalty."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Regularizer, Turn
from ganzoo.layers import interpolate_real_fake, squared_slope


class ZeroCentred(Regularizer):
    """Flattens the discriminator on lines between real and fake images: E[||grad D(x)||^2].

    x is drawn uniformly on the line between a real and a fake image, one draw for each pair.

    Source: arXiv:1902.03984, with straight lines as in the authors' code; R1 and R2 of arXiv:1801.04406, but for
    their factor of a half, are its two ends.
    Departs: D is the logit; in the authors' code for small images it is the sigmoid of it, whose slope is a quarter
        at the most. With labels, the images between carry the labels of the real ones.

    Args:
        weight: the paper's lambda.
        every: take it once in so many turns of the discriminator, so many times as strong (arXiv:1912.04958).
    """

    reads = frozenset({"logits"})
    second_order = True

    def __init__(self, weight: float = 10.0, every: int = 1) -> None:
        super().__init__(weight, every)

    def d_penalty(self, turn: Turn) -> Tensor:
        """E[||grad D(x)||^2], a scalar of at least 0."""
        x = interpolate_real_fake(turn)
        return squared_slope(turn.judge(x, turn.y)["logits"], x).mean()
