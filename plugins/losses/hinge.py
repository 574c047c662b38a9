"""The hinge loss."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import relu

from ganzoo.interfaces import Loss, Turn


class Hinge(Loss):
    """The discriminator keeps real above 1 and fake below -1; the generator raises its mean verdict.

    Source: arXiv:1705.02894, sec. 3; also arXiv:1802.05957, eq. 16 and 17.
    """

    def d_loss(self, turn: Turn) -> Tensor:
        """E[max(0, 1 - D(real))] + E[max(0, 1 + D(fake))], a scalar of at least 0."""
        return relu(1 - turn.on_real["logits"]).mean() + relu(1 + turn.on_fake["logits"]).mean()

    def g_loss(self, turn: Turn) -> Tensor:
        """-E[D(fake)], a scalar."""
        return -turn.on_fake["logits"].mean()
