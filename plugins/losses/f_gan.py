"""The f-GAN loss."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Loss, Turn
from ganzoo.layers import require_choice

from .divergences import DIVERGENCES


class FGAN(Loss):
    """The discriminator estimates an f-divergence from below; the generator lowers it.

    With T the discriminator's logits through an activation of the divergence, D ascends E[T(real)] - E[f*(T(fake))],
    which at its best is the divergence itself. With ``saturating`` the generator descends the same; without, it
    ascends E[T(fake)], which has the same fixed point.

    Source: arXiv:1606.00709, eq. 7, table 2, and for the generator without ``saturating`` sec. 3.2.
    Departs: exponentials go on as their tangent above e^20, where they would soon overflow.

    Args:
        divergence: ``kl``, ``reverse-kl``, ``pearson``, ``neyman``, ``hellinger`` (squared), ``jensen-shannon`` (in the
            paper's scale, twice the usual) or ``total-variation`` (where both generators are one and the same).
        saturating: the generator plays the min-max game of eq. 7, in which it learns little where the discriminator is
            sure (of these divergences, ``reverse-kl`` and ``neyman`` are the exceptions). By default it does not: the
            paper found the other update useful for these divergences too, as the first paper did for its own.

    Raises:
        RecipeError: there is no such divergence.
    """

    def __init__(self, divergence: str = "jensen-shannon", saturating: bool = False) -> None:
        super().__init__()
        require_choice(DIVERGENCES, divergence=divergence)
        self.divergence, self.saturating = divergence, saturating

    def d_loss(self, turn: Turn) -> Tensor:
        """E[f*(T(fake))] - E[T(real)], a scalar: minus an estimate of the divergence."""
        f = DIVERGENCES[self.divergence]
        return f.conjugate(turn.on_fake["logits"]).mean() - f.output(turn.on_real["logits"]).mean()

    def g_loss(self, turn: Turn) -> Tensor:
        """-E[T(fake)], or -E[f*(T(fake))] if ``saturating``, a scalar."""
        f = DIVERGENCES[self.divergence]
        return -(f.conjugate if self.saturating else f.output)(turn.on_fake["logits"]).mean()
