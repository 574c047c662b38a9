"""The arctan loss."""

from __future__ import annotations

from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Loss, Turn


class Arctan(Loss):
    """The mean verdict on fake images less that on real ones, each verdict bounded by an arctan.

    No image can pull harder than the others, however sure the discriminator is of it.

    Source: none, it is an example; it bounds the verdicts of arXiv:1701.07875, eq. 2.

    Args:
        scale: the verdict from which on the pull fades.

    Raises:
        RecipeError: the scale is not above 0.
    """

    reads = frozenset({"logits"})

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__()
        if not scale > 0:
            raise RecipeError(f"the scale of arctan is {scale!r}, and must be above 0")
        self.scale = scale

    def d_loss(self, turn: Turn) -> Tensor:
        """E[arctan(D(fake) / scale)] - E[arctan(D(real) / scale)], a scalar in [-pi, pi]."""
        real, fake = turn.on_real["logits"], turn.on_fake["logits"]
        return (fake / self.scale).arctan().mean() - (real / self.scale).arctan().mean()

    def g_loss(self, turn: Turn) -> Tensor:
        """-E[arctan(D(fake) / scale)], a scalar in [-pi / 2, pi / 2]."""
        return -(turn.on_fake["logits"] / self.scale).arctan().mean()
