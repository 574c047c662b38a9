"""The loss of GAN-CLS."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn.functional import softplus

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Loss, Turn
from ganzoo.layers import gathered, own_rows
from ganzoo.samples import each


class MatchingAware(Loss):
    """Cross-entropy in which two things are fake, and count half each: fakes, and real samples under the condition of
    the next sample in the batch. The generator ascends log D(fake).

    So the discriminator learns to tell a sample from what another was asked for, which a plain one is never shown.

    Source: arXiv:1605.05396, sec. 4.2 and algorithm 1, lines 7 to 11.
    Departs: the authors' code keeps the condition and takes another image. There and here the other row may say the
        same, as happens to one in ten in a set of ten classes.

    Raises:
        RecipeError: the game has no conditions.
    """

    samples = "gathered"

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """See that there are conditions."""
        if not getattr(D, "conditional", True):
            raise RecipeError("loss 'matching-aware' compares conditions: write conditional: true, or take another")

    def d_loss(self, turn: Turn) -> Tensor:
        """-E[log D(real, y)] - E[log(1 - D(real, y'))] / 2 - E[log(1 - D(fake, y))] / 2, y' another's; a scalar."""
        if turn.y is None:
            raise RecipeError("loss 'matching-aware' compares conditions, and these data have none")
        wrong = softplus(turn.judge(turn.real, of_another(turn.y))["logits"]).mean()
        fake = softplus(turn.on_fake["logits"]).mean()
        return softplus(-turn.on_real["logits"]).mean() + (wrong + fake) / 2

    def g_loss(self, turn: Turn) -> Tensor:
        """-E[log D(fake, y)], a scalar of at least 0."""
        return softplus(-turn.on_fake["logits"]).mean()


def of_another(y: Any) -> Any:
    """Return conditions in which each sample has that of the one before it in the whole batch, the first the last's."""
    return each(lambda tensor: own_rows(gathered(tensor).roll(1, 0)), y)
