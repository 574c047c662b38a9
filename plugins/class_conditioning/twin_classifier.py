"""The twin auxiliary classifiers."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.layers import labels_of, require_at_least

from .classifier_head import make_head


class TwinAuxiliaryClassifier(Regularizer):
    """Two dense layers on D's features tell the class: C of real images, C_mi of fakes.

    A generator that only pleases C makes what is easily told apart, and little else. C_mi learns to tell the
    generator's own classes, and the generator is to keep it from doing so better than C does: where C_mi is at its
    best, the two terms of G are together a divergence between the classes' real and fake distributions.

    Source: arXiv:1907.02690, sec. 3.2.

    Args:
        weight: factor in both turns.
        every: take it once in so many turns of a player, so many times as strong.
        d_weight: one more factor, in D's turn.
        g_weight: one more factor, in G's turn.
        on_fake: C learns from the fakes too, as in AC-GAN; by default from real images alone.

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
        on_fake: bool = False,
    ) -> None:
        super().__init__(weight, every)
        require_at_least(0, d_weight=d_weight, g_weight=g_weight)
        self.d_weight, self.g_weight, self.on_fake = d_weight, g_weight, on_fake

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Make both classifiers.

        Raises:
            RecipeError: the game has no labels, or D's features have seen them.
        """
        self.head = make_head(D, "regularizer 'twin-auxiliary-classifier'")
        self.twin = make_head(D, "regularizer 'twin-auxiliary-classifier'")

    def heads(self) -> tuple[nn.Module, ...]:
        """Return both classifiers."""
        return self.head, self.twin

    def d_penalty(self, turn: Turn) -> Tensor:
        """``d_weight`` (-E[log C(y | real)] - E[log C_mi(y | fake)]), a scalar of at least 0."""
        fake = turn.on_fake["features"]
        penalty = cross_entropy(self.head(turn.on_real["features"]), labels_of(turn.y))
        penalty = penalty + cross_entropy(self.twin(fake), labels_of(turn.y_fake))
        if self.on_fake:
            penalty = penalty + cross_entropy(self.head(fake), labels_of(turn.y_fake))
        return self.d_weight * penalty

    def g_penalty(self, turn: Turn) -> Tensor:
        """``g_weight`` (-E[log C(y | fake)] + E[log C_mi(y | fake)]), a scalar."""
        fake = turn.on_fake["features"]
        asked = cross_entropy(self.head(fake), labels_of(turn.y_fake))
        return self.g_weight * (asked - cross_entropy(self.twin(fake), labels_of(turn.y_fake)))
