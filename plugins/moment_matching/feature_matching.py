"""Feature matching as the generator's only aim."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import softplus

from ganzoo.interfaces import Loss, Turn

from .feature_distance import feature_distance


class FeatureMatching(Loss):
    """The discriminator tells real from fake by cross-entropy; the generator matches the mean of its features.

    Source: arXiv:1606.03498, sec. 3.1.
    """

    reads = frozenset({"logits", "features"})
    samples = "gathered"

    def d_loss(self, turn: Turn) -> Tensor:
        """-E[log D(real)] - E[log(1 - D(fake))], a scalar of at least 0."""
        return softplus(-turn.on_real["logits"]).mean() + softplus(turn.on_fake["logits"]).mean()

    def g_loss(self, turn: Turn) -> Tensor:
        """||E f(real) - E f(fake)||^2, a scalar of at least 0."""
        return feature_distance(turn)
