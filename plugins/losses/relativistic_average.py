"""The relativistic loss of averages."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Loss, Turn
from ganzoo.layers import batch_mean, require_choice

from .relativistic_cost import COSTS


class RelativisticAverage(Loss):
    """The verdict on each image against the mean verdict on the other kind in the batch.

    Each player's loss has a term of either kind; the generator's is the discriminator's with real and fake swapped.
    The means are part of what is differentiated. A number added to all logits changes nothing.

    Source: arXiv:1807.00734, sec. 4.2 and the algorithm of the appendix: with ``f: logistic`` RaSGAN, with
    ``least-squares`` RaLSGAN, with ``hinge`` RaHingeGAN. As in the paper the two terms are added, not averaged.

    Args:
        f: of the margin t: ``logistic``, -log sigmoid(t); ``least-squares``, (t - 1)^2; ``hinge``, max(0, 1 - t).

    Raises:
        RecipeError: f is none of these.
    """

    samples = "gathered"

    def __init__(self, f: str = "logistic") -> None:
        super().__init__()
        require_choice(COSTS, f=f)
        self.f = f

    def _paid(self, above: Tensor, below: Tensor) -> Tensor:
        """By the player who wants the logits ``above`` to be higher than those ``below``."""
        f = COSTS[self.f]
        return f(above - batch_mean(below.mean())).mean() + f(batch_mean(above.mean()) - below).mean()

    def d_loss(self, turn: Turn) -> Tensor:
        """E[f(D(real) - E[D(fake)])] + E[f(E[D(real)] - D(fake))], a scalar of at least 0."""
        return self._paid(turn.on_real["logits"], turn.on_fake["logits"])

    def g_loss(self, turn: Turn) -> Tensor:
        """E[f(D(fake) - E[D(real)])] + E[f(E[D(fake)] - D(real))], a scalar of at least 0."""
        return self._paid(turn.on_fake["logits"], turn.on_real["logits"])
