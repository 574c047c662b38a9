"""The drift penalty."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Regularizer, Turn


class Drift(Regularizer):
    """Keeps the critic's verdicts from drifting away from zero: E[D(real)^2], times ``weight``.

    A Wasserstein critic is told only how far apart its verdicts on real and fake should be, and its mean wanders.

    Source: arXiv:1710.10196, app. A.1.

    Args:
        weight: the paper's epsilon_drift.
        every: take it once in so many turns of the critic, so many times as strong (arXiv:1912.04958).
    """

    reads = frozenset({"logits"})

    def __init__(self, weight: float = 0.001, every: int = 1) -> None:
        super().__init__(weight, every)

    def d_penalty(self, turn: Turn) -> Tensor:
        """E[D(real)^2], a scalar of at least 0."""
        return turn.on_real["logits"].square().mean()
