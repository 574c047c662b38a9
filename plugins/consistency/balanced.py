"""Balanced consistency regularization."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.layers import Jitter, require_at_least, require_images


class BalancedConsistency(Regularizer):
    """Asks for one verdict on an image and on the same image jittered, of real and of fake images.

    lambda_real E[(D(real) - D(T(real)))^2] + lambda_fake E[(D(fake) - D(T(fake)))^2]. Of real images alone, it lets
    the generator learn the jitter, which costs it nothing (sec. 4.1).

    Source: arXiv:2002.04724, alg. 1 (bCR).

    Args:
        lambda_real: weight of the first.
        lambda_fake: weight of the second.
        flip: T mirrors an image left to right, one time in two.
        shift: how far T moves an image at most, in pixels of a 32x32 one and in proportion at other sizes.

    Raises:
        RecipeError: a value is out of range, or T does nothing.
    """

    reads = frozenset({"logits"})

    def __init__(self, lambda_real: float = 10.0, lambda_fake: float = 10.0, flip: bool = True, shift: int = 4) -> None:
        super().__init__()
        require_at_least(0, lambda_real=lambda_real, lambda_fake=lambda_fake)
        self.lambda_real, self.lambda_fake = lambda_real, lambda_fake
        self.jitter = Jitter(flip=flip, shift=shift)

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Refuse samples that are no images.

        Raises:
            RecipeError: they are none.
        """
        require_images(D, "regularizer 'bcr'")

    def d_penalty(self, turn: Turn) -> Tensor:
        """``lambda_real`` E[(D(real) - D(T(real)))^2] + ``lambda_fake`` E[(D(fake) - D(T(fake)))^2], at least 0."""
        on_real = turn.judge(self.jitter(turn.real.detach(), turn.rng), turn.y)["logits"]
        on_fake = turn.judge(self.jitter(turn.fake.detach(), turn.rng), turn.y_fake)["logits"]
        real = (turn.on_real["logits"] - on_real).square().mean()
        fake = (turn.on_fake["logits"] - on_fake).square().mean()
        return self.lambda_real * real + self.lambda_fake * fake
