"""Accuracy, F1, the area under the ROC curve, and a rank test."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


def accuracy(truth: Tensor, guess: Tensor) -> float:
    """Share of ``guess`` that equals ``truth``, both ``(N,)`` labels."""
    return float((truth == guess).double().mean())


def f1(truth: Tensor, guess: Tensor) -> float:
    """Harmonic mean of precision and recall of what is True; ``(N,)`` bools. 0 where nothing True was guessed right."""
    hits = int((truth & guess).sum())
    return 2 * hits / max(1, int(truth.sum()) + int(guess.sum()))


def macro_f1(truth: Tensor, guess: Tensor) -> float:
    """Mean over the classes of each class's F1; classes that neither ``truth`` nor ``guess`` has are left out.

    Args:
        truth: ``(N,)`` int64 labels.
        guess: likewise.
    """
    classes = torch.cat((truth, guess)).unique().tolist()
    return sum(f1(truth == c, guess == c) for c in classes) / len(classes)


def roc_auc(positive: Tensor, negative: Tensor) -> float:
    """Chance that a positive's score is above a negative's, ties counted half: the area under the ROC curve.

    Args:
        positive: ``(P,)`` scores.
        negative: ``(N,)`` scores.
    """
    return rank_test(negative, positive).u / (len(positive) * len(negative))


@dataclass(frozen=True)
class RankTest:
    """Of the null hypothesis that two groups are alike, against the first having lower values.

    Attributes:
        u: pairs in which the first group's value is the lower one, ties counted half.
        p: one-sided.
    """

    u: float
    p: float


def rank_test(lower: Tensor, higher: Tensor) -> RankTest:
    """Mann and Whitney's U test, one-sided, by the normal approximation with the corrections for ties and continuity.

    Source: H. B. Mann, D. R. Whitney, Annals of Mathematical Statistics 18 (1947); ties: E. L. Lehmann,
    Nonparametrics (1975), ch. 1.

    Args:
        lower: ``(P,)``, the group that may have lower values.
        higher: ``(N,)``.
    """
    p, n = len(lower), len(higher)
    both = p + n
    _, place, counts = torch.cat((lower, higher)).cpu().double().unique(return_inverse=True, return_counts=True)
    ties = counts.double()
    ranks = (ties.cumsum(0) - (ties - 1) / 2)[place]  # from 1; equal values share the middle of theirs
    u = float(ranks[p:].sum()) - n * (n + 1) / 2
    tied = float((ties**3 - ties).sum()) / (both * (both - 1)) if both > 1 else 0.0
    spread = math.sqrt(p * n / 12 * (both + 1 - tied))
    if not spread:  # all values are one
        return RankTest(u, 1.0)
    return RankTest(u, 0.5 * math.erfc((u - p * n / 2 - 0.5) / spread / math.sqrt(2)))
