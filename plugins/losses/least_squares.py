"""The least-squares loss."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Loss, Turn


class LeastSquares(Loss):
    """Half the squared distance of the verdicts from target values; the factor 1/2 is the paper's.

    Source: arXiv:1611.04076, eq. 2; the defaults are the targets of eq. 9. Eq. 8, which minimises a Pearson chi^2
    divergence, has a=-1, b=1, c=0.

    Args:
        a: what the discriminator should say of fake images.
        b: what it should say of real ones.
        c: what the generator wants it to say of fake ones.
    """

    def __init__(self, a: float = 0.0, b: float = 1.0, c: float = 1.0) -> None:
        super().__init__()
        self.a, self.b, self.c = a, b, c

    def d_loss(self, turn: Turn) -> Tensor:
        """E[(D(real) - b)^2] / 2 + E[(D(fake) - a)^2] / 2, a scalar of at least 0."""
        real = (turn.on_real["logits"] - self.b).square().mean()
        fake = (turn.on_fake["logits"] - self.a).square().mean()
        return 0.5 * (real + fake)

    def g_loss(self, turn: Turn) -> Tensor:
        """E[(D(fake) - c)^2] / 2, a scalar of at least 0."""
        return 0.5 * (turn.on_fake["logits"] - self.c).square().mean()
