"""The two losses of the first GAN paper.

With l the logits, D = sigmoid(l), -log D = softplus(-l) and -log(1 - D) = softplus(l): written so, no logit is too
large for them.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import softplus

from ganzoo.interfaces import Loss, Turn


class NonSaturating(Loss):
    """Cross-entropy of real against fake; the generator ascends log D(fake).

    Source: arXiv:1406.2661, eq. 1, and the heuristic at the end of sec. 3.
    """

    def d_loss(self, turn: Turn) -> Tensor:
        """-E[log D(real)] - E[log(1 - D(fake))], a scalar of at least 0."""
        return softplus(-turn.on_real["logits"]).mean() + softplus(turn.on_fake["logits"]).mean()

    def g_loss(self, turn: Turn) -> Tensor:
        """-E[log D(fake)], a scalar of at least 0."""
        return softplus(-turn.on_fake["logits"]).mean()


class Minimax(NonSaturating):
    """Cross-entropy of real against fake; the generator descends log(1 - D(fake)), and learns little where D is sure.

    Source: arXiv:1406.2661, eq. 1.
    """

    def g_loss(self, turn: Turn) -> Tensor:
        """E[log(1 - D(fake))], a scalar of at most 0."""
        return -softplus(turn.on_fake["logits"]).mean()
