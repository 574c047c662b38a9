"""The auxiliary classifier."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.layers import labels_of, require_at_least

from .classifier_head import make_head


class AuxiliaryClassifier(Regularizer):
    """A dense layer C on D's features tells the class; both players want it told right.

    In D's turn the classifier, and D's features with it, learn the classes of real images and those asked of the
    fakes; in G's turn the generator is pulled to what the classifier takes for the class that was asked. D itself
    does not see the label.

    Source: arXiv:1610.09585, sec. 3, the log-likelihood L_C of the correct class.
    Departs: ``on_fake: false`` leaves the fakes out of D's turn, as later work does (arXiv:2107.10060, its code).

    Args:
        weight: factor in both turns.
        every: take it once in so many turns of a player, so many times as strong.
        d_weight: one more factor, in D's turn.
        g_weight: one more factor, in G's turn.
        on_fake: D's turn learns from the fakes too, as in the paper.

    Raises:
        RecipeError: a factor is below 0.
    """

    reads = frozenset({"features"})

    def __init__(
        self,
        weight: float = 1.0,
        every: int = 1,
        d_weight: float = 1.0,
        g_weight: float = 1.0,
        on_fake: bool = True,
    ) -> None:
        super().__init__(weight, every)
        require_at_least(0, d_weight=d_weight, g_weight=g_weight)
        self.d_weight, self.g_weight, self.on_fake = d_weight, g_weight, on_fake

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Make the classifier.

        Raises:
            RecipeError: the game has no labels, or D's features have seen them.
        """
        self.head = make_head(D, "regularizer 'auxiliary-classifier'")

    def heads(self) -> tuple[nn.Module, ...]:
        """Return the classifier."""
        return (self.head,)

    def d_penalty(self, turn: Turn) -> Tensor:
        """``d_weight`` (-E[log C(y | real)] - E[log C(y | fake)]), a scalar of at least 0."""
        penalty = cross_entropy(self.head(turn.on_real["features"]), labels_of(turn.y))
        if self.on_fake:
            penalty = penalty + cross_entropy(self.head(turn.on_fake["features"]), labels_of(turn.y_fake))
        return self.d_weight * penalty

    def g_penalty(self, turn: Turn) -> Tensor:
        """``g_weight`` times -E[log C(y | fake)], a scalar of at least 0."""
        return self.g_weight * cross_entropy(self.head(turn.on_fake["features"]), labels_of(turn.y_fake))
