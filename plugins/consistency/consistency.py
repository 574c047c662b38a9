"""Consistency regularization."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.layers import Jitter, require_images


class Consistency(Regularizer):
    """Asks for one verdict on a real image and on the same image jittered: E[(D(real) - D(T(real)))^2].

    Source: arXiv:1910.12027, alg. 1, on the logits alone, which the paper found to be enough.

    Args:
        weight: the paper's lambda.
        flip: T mirrors an image left to right, one time in two.
        shift: how far T moves an image at most, in pixels of a 32x32 one and in proportion at other sizes.

    Raises:
        RecipeError: a value is out of range, or T does nothing.
    """

    reads = frozenset({"logits"})

    def __init__(self, weight: float = 10.0, flip: bool = True, shift: int = 4) -> None:
        super().__init__(weight)
        self.jitter = Jitter(flip=flip, shift=shift)

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Refuse samples that are no images.

        Raises:
            RecipeError: they are none.
        """
        require_images(D, "regularizer 'consistency'")

    def d_penalty(self, turn: Turn) -> Tensor:
        """E[(D(real) - D(T(real)))^2], a scalar of at least 0."""
        jittered = turn.judge(self.jitter(turn.real.detach(), turn.rng), turn.y)["logits"]
        return (turn.on_real["logits"] - jittered).square().mean()
