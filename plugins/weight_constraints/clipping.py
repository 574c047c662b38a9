"""Weight clipping."""

from __future__ import annotations

import torch

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Regularizer, Turn


class WeightClipping(Regularizer):
    """Clamps every parameter of the critic to [-bound, bound] after each of its steps.

    Biases and the gains of batch normalisation are clamped too, as in the authors' code.

    Source: arXiv:1701.07875, alg. 1.

    Args:
        bound: the paper's c.

    Raises:
        RecipeError: the bound is not above 0.
    """

    def __init__(self, bound: float = 0.01) -> None:
        super().__init__()
        if not bound > 0:
            raise RecipeError(f"the bound of weight-clipping is {bound!r}, and must be above 0")
        self.bound = bound

    @torch.no_grad()
    def after_step(self, turn: Turn) -> None:
        """Clamp, if it was the critic that moved."""
        if turn.player == "D":
            for parameter in turn.D.parameters():
                parameter.clamp_(-self.bound, self.bound)
