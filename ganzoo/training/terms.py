"""The loss and the regularizers of a game, as its turns ask them."""

from collections.abc import Sequence

from torch import Tensor

from ..interfaces import Turn
from ..recipes.build import Parts
from .due import Due
from .labels import label, label_of


class Terms:
    """Asks the loss, and those regularizers that are due.

    Args:
        parts: of the game.
        weights: of each regularizer, a 0-dim tensor on the device where it changes over the run, and else None.

    Attributes:
        due: which terms have a say in a turn.
    """

    def __init__(self, parts: Parts, weights: Sequence[Tensor | None] = ()) -> None:
        self.parts = parts
        for regularizer, weight in zip(parts.regularizers, weights, strict=False):
            if weight is not None:
                regularizer.weight = weight
        self.due = Due(parts)

    def view(self, x: Tensor) -> Tensor:
        """Show the discriminator a batch of images, ``(B, C, H, W)``, as the regularizers let it be seen."""
        for regularizer in self.parts.regularizers:
            with label_of(regularizer, "view"):
                x = regularizer.view(x)
        return x

    def recast(self, turn: Turn) -> Turn:
        """Give the turn that is played in place of the one that was dealt."""
        for regularizer in self.parts.regularizers:
            with label_of(regularizer, "recast"):
                turn = regularizer.recast(turn)
        return turn

    def total(self, turn: Turn, number: int) -> Tensor:
        """Add up what the player of a turn descends: the loss and every penalty that is due.

        Args:
            turn: what is played.
            number: of turns that the player had before.
        """
        is_d = turn.player == "D"
        with label("other_terms"):
            total = self.parts.loss.d_loss(turn) if is_d else self.parts.loss.g_loss(turn)
        for r in self.due.terms(number):
            with label_of(r, "d_penalty" if is_d else "g_penalty"):
                penalty = r.d_penalty(turn) if is_d else r.g_penalty(turn)
                if penalty is not None:
                    total = total + r.weight * r.every * penalty
        return total

    def after_step(self, turn: Turn) -> None:
        """Tell every regularizer that the turn's player has moved."""
        for regularizer in self.parts.regularizers:
            with label_of(regularizer, "after_step"):
                regularizer.after_step(turn)
