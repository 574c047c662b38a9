"""The pulling-away term."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import normalize

from ganzoo.interfaces import Regularizer, Turn
from ganzoo.layers import gathered


class PullingAway(Regularizer):
    """The generator's fakes have features that point in different directions.

    E[cos(f, f')^2], the mean squared cosine between the features of two different fakes of a batch: 0 where all are
    orthogonal, 1 where all are parallel. A code does not count by its length, so that the generator cannot lower the
    term by scaling.

    Source: arXiv:1609.03126, sec. 2.4, where the features are an autoencoder's code.
    Departs: any discriminator that gives ``features`` will do.

    Args:
        weight: factor of the term; the paper takes 0.1.
        every: take it once in so many turns of the generator, so many times as strong (arXiv:1912.04958).
    """

    reads = frozenset({"features"})
    samples = "gathered"

    def __init__(self, weight: float = 0.1, every: int = 1) -> None:
        super().__init__(weight, every)

    def g_penalty(self, turn: Turn) -> Tensor:
        """E[cos(f, f')^2], a scalar in [0, 1]; 0 for a single fake."""
        features = gathered(normalize(turn.on_fake["features"], dim=1))
        n = len(features)
        squares = (features @ features.T).square()
        return (squares.sum() - squares.diagonal().sum()) / max(n * (n - 1), 1)
