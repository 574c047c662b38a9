"""The gradient penalty."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Regularizer, Turn
from ganzoo.layers import interpolate_real_fake, slope


class GradientPenalty(Regularizer):
    """Pulls the norm of the critic's gradient towards ``target`` on lines between real and fake images.

    E[(||grad D(x)|| - target)^2], with x drawn uniformly on the line between a real and a fake image, one draw
    for each pair.

    Source: arXiv:1704.00028, eq. 3 and alg. 1.
    Departs: with labels, the images between carry the labels of the real ones.

    Args:
        weight: the paper's lambda.
        target: the slope that is not punished.
        one_sided: punish only slopes above ``target`` (discussed in sec. 4 of the paper, which pulls from
            both sides).
        every: take it once in so many turns of the critic, so many times as strong (arXiv:1912.04958).
    """

    reads = frozenset({"logits"})
    second_order = True

    def __init__(self, weight: float = 10.0, target: float = 1.0, one_sided: bool = False, every: int = 1) -> None:
        super().__init__(weight, every)
        self.target, self.one_sided = target, one_sided

    def d_penalty(self, turn: Turn) -> Tensor:
        """E[(||grad D(x)|| - target)^2], a scalar."""
        x = interpolate_real_fake(turn)
        excess = slope(turn.judge(x, turn.y)["logits"], x).norm(dim=1) - self.target
        if self.one_sided:
            excess = excess.clamp(min=0)
        out: Tensor = excess.square().mean()
        return out
