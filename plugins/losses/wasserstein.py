"""The Wasserstein loss."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Loss, Turn


class Wasserstein(Loss):
    """The critic's mean verdict on fake images less that on real ones; the generator raises its own.

    Where the critic is 1-Lipschitz, its loss is a lower bound on minus the Wasserstein-1 distance; a regularizer
    must see to that.

    Source: arXiv:1701.07875, eq. 2 and 3, alg. 1.
    """

    def d_loss(self, turn: Turn) -> Tensor:
        """E[D(fake)] - E[D(real)], a scalar."""
        return turn.on_fake["logits"].mean() - turn.on_real["logits"].mean()

    def g_loss(self, turn: Turn) -> Tensor:
        """-E[D(fake)], a scalar."""
        return -turn.on_fake["logits"].mean()
