"""Training on synthetic rows, testing on real ones."""

from __future__ import annotations

import torch
from torch import Tensor

from ganzoo.errors import MetricError

from .table_look import TableMetric

RIDGE = 1e-3


class TrainOnSynthetic(TableMetric):
    """Per cent of real rows whose choice a classifier gets right that was trained on generated rows alone.

    It tells the last column of choices from all other columns: a linear discriminant analysis of ours, one Gaussian a
    class, of one covariance, on numbers standardised by the rows that it is trained on and on choices as one-hot
    vectors; 0.001 joins the variances. Of a table without choices it tells whether the last number is above the real
    median. Its floor, trained on one half of the real rows and tested on the other, is what there is to reach.

    Source: train on synthetic, test on real: arXiv:1706.02633 (RCGAN), sec. 3.1.2; arXiv:1907.00503, sec. 5.2, calls it
        machine learning efficacy.
    Departs: both test on rows that the generator was not trained on; here it is all rows that the run is judged by. The
        latter takes the mean over several classifiers.
    """

    title = "TSTR %"
    better = "higher"

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Between 0 and 100.

        Raises:
            MetricError: the table has one column.
        """
        if len(self._sizes) < 2:
            raise MetricError("train on synthetic, test on real needs two columns at least")
        made, there = fake["rows"].double().cpu(), real["rows"].double().cpu()
        aim = max((i for i, size in enumerate(self._sizes) if size), default=len(self._sizes) - 1)
        if self._sizes[aim]:
            k, learned, wanted = self._sizes[aim], made[:, aim].long(), there[:, aim].long()
        else:
            middle = there[:, aim].median()
            k, learned, wanted = 2, (made[:, aim] > middle).long(), (there[:, aim] > middle).long()
        seen = [self._beside(side, made, aim) for side in (made, there)]
        told = discriminant(seen[0], learned, seen[1], k)
        return float((told == wanted).double().mean() * 100)

    def _beside(self, rows: Tensor, trained: Tensor, aim: int) -> Tensor:
        """Return all columns but the aim as vectors."""
        sizes = [max(size, 1) for size in self._sizes]
        vectors = self.standardised(rows, trained).split(sizes, dim=1)
        return torch.cat([part for i, part in enumerate(vectors) if i != aim], dim=1)


def discriminant(x: Tensor, y: Tensor, asked: Tensor, k: int) -> Tensor:
    """Classify by linear discriminant analysis, with classes as likely as they are frequent.

    Args:
        x: ``(N, D)`` float64, trained on.
        y: ``(N,)`` int64 classes below ``k``; those that do not occur are never told.
        asked: ``(M, D)``, to be told.
        k: how many classes there are.

    Returns:
        ``(M,)`` int64.
    """
    member = (y[:, None] == torch.arange(k)).double()
    counts = member.sum(0)
    means = member.T @ x / counts.clamp_min(1)[:, None]
    within = x - means[y]
    covariance = within.T @ within / len(x) + RIDGE * torch.eye(x.shape[1], dtype=x.dtype)
    directions = torch.linalg.solve(covariance, means.T)
    scores = asked @ directions - (means.T * directions).sum(0) / 2 + (counts / len(x)).log()
    told: Tensor = scores.argmax(1)
    return told
