"""The penalty of the Wasserstein divergence."""

from __future__ import annotations

from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Regularizer, Turn
from ganzoo.layers import interpolate_real_fake, slope


class WassersteinDivergence(Regularizer):
    """Turns the critic's objective into a divergence that asks for no Lipschitz critic: E[||grad D(x)||^p].

    x is drawn uniformly on the line between a real and a fake image, one draw for each pair. It belongs beside the
    ``wasserstein`` loss; a high power leaves gentle slopes alone and punishes steep ones hard.

    Source: arXiv:1712.01026, alg. 1.
    Departs: the paper's critic is low at real images and high at fakes, where that of ``wasserstein`` is the other
        way round; the penalty is the same for D and -D, and so is the game. With labels, the images between carry
        the labels of the real ones.

    Args:
        weight: the paper's k.
        p: the power.
        every: take it once in so many turns of the critic, so many times as strong (arXiv:1912.04958).

    Raises:
        RecipeError: the power is not above 1, which the divergence needs.
    """

    reads = frozenset({"logits"})
    second_order = True

    def __init__(self, weight: float = 2.0, p: float = 6.0, every: int = 1) -> None:
        super().__init__(weight, every)
        if not p > 1:
            raise RecipeError(f"p of wgan-div is {p!r}, and must be above 1")
        self.p = p

    def d_penalty(self, turn: Turn) -> Tensor:
        """E[||grad D(x)||^p], a scalar of at least 0."""
        x = interpolate_real_fake(turn)
        out: Tensor = slope(turn.judge(x, turn.y)["logits"], x).norm(dim=1).pow(self.p).mean()
        return out
