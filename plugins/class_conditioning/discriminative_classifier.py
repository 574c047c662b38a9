"""The auxiliary discriminative classifier."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.layers import labels_of, require_at_least

from .classifier_head import make_head


class AuxiliaryDiscriminativeClassifier(Regularizer):
    """A dense layer on D's features with two logits a class: of a real image of it, and of a fake one.

    The first K of its 2K classes are the real ones. The generator wants its image of class y taken for a real y
    and not for a fake y, so that it learns both what the class looks like and what its own images lack.

    Source: arXiv:2107.10060, sec. 3, the objectives of C_d and of G.

    Args:
        weight: factor in both turns.
        every: take it once in so many turns of a player, so many times as strong.
        d_weight: one more factor, in D's turn.
        g_weight: one more factor, in G's turn.

    Raises:
        RecipeError: a factor is below 0.
    """

    reads = frozenset({"features"})

    def __init__(self, weight: float = 1.0, every: int = 1, d_weight: float = 1.0, g_weight: float = 1.0) -> None:
        super().__init__(weight, every)
        require_at_least(0, d_weight=d_weight, g_weight=g_weight)
        self.d_weight, self.g_weight = d_weight, g_weight

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Make the classifier.

        Raises:
            RecipeError: the game has no labels, or D's features have seen them.
        """
        self.head = make_head(D, "regularizer 'auxiliary-discriminative-classifier'", times=2)
        self.num_classes = D.num_classes

    def heads(self) -> tuple[nn.Module, ...]:
        """Return the classifier."""
        return (self.head,)

    def d_penalty(self, turn: Turn) -> Tensor:
        """``d_weight`` (-E[log C(y, real | real)] - E[log C(y, fake | fake)]), a scalar of at least 0."""
        real = cross_entropy(self.head(turn.on_real["features"]), labels_of(turn.y))
        fake = cross_entropy(self.head(turn.on_fake["features"]), labels_of(turn.y_fake) + self.num_classes)
        return self.d_weight * (real + fake)

    def g_penalty(self, turn: Turn) -> Tensor:
        """``g_weight`` (-E[log C(y, real | fake)] + E[log C(y, fake | fake)]), a scalar."""
        logits = self.head(turn.on_fake["features"])
        as_real, as_fake = (cross_entropy(logits, labels_of(turn.y_fake) + k) for k in (0, self.num_classes))
        return self.g_weight * (as_real - as_fake)
