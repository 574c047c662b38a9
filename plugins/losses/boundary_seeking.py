"""The boundary-seeking loss."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import softplus

from ganzoo.interfaces import Loss, Turn


class BoundarySeeking(Loss):
    """Cross-entropy of real against fake; the generator seeks the boundary between them, where D is 1/2.

    The generator descends the squared distance of log D from log(1 - D) on its images, halved; their difference is
    the logit. Where D says that a fake is more real than real, it is pulled back.

    Source: arXiv:1702.08431, the section on continuous variables.
    """

    def d_loss(self, turn: Turn) -> Tensor:
        """-E[log D(real)] - E[log(1 - D(fake))], a scalar of at least 0."""
        return softplus(-turn.on_real["logits"]).mean() + softplus(turn.on_fake["logits"]).mean()

    def g_loss(self, turn: Turn) -> Tensor:
        """E[(log D(fake) - log(1 - D(fake)))^2] / 2, a scalar of at least 0."""
        return 0.5 * turn.on_fake["logits"].square().mean()
