"""Feature matching beside another loss."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Regularizer, Turn

from .feature_distance import feature_distance


class FeatureMatchingPenalty(Regularizer):
    """The generator also matches the mean of the discriminator's features on real images.

    Source: arXiv:1606.03498, sec. 3.1.
    Departs: there it takes the place of the generator's loss, as the loss ``feature-matching`` does.

    Args:
        weight: of the squared distance.
        every: take it once in so many turns of the generator, so many times as strong.
    """

    reads = frozenset({"features"})
    samples = "gathered"

    def __init__(self, weight: float = 1.0, every: int = 1) -> None:
        super().__init__(weight, every)

    def g_penalty(self, turn: Turn) -> Tensor:
        """||E f(real) - E f(fake)||^2, a scalar of at least 0."""
        return feature_distance(turn)
