"""Distances between what belongs together in a row."""

from __future__ import annotations

from itertools import combinations

import torch
from torch import Tensor

from ganzoo.errors import MetricError

from .table_look import TableMetric


class CorrelationDistance(TableMetric):
    """The mean over pairs of columns of by how much their association differs, generated from real.

    Of two columns of numbers it is Pearson's correlation; of numbers and choices the correlation ratio, the root of the
    share of the variance that lies between the choices; of two columns of choices Cramer's V. Each is 0 for columns
    that have nothing to do with each other; the first lies in [-1, 1], the others in [0, 1]. A column that is constant
    has 0 with every other.

    Source: arXiv:2102.08369 (CTAB-GAN), sec. 4.2.2: the difference of pair-wise correlations.
    Departs: of two columns of choices the paper takes Theil's uncertainty coefficient, which is another one from the
        second to the first; here it is Cramer's V (H. Cramer, 1946), which has no direction.
    """

    title = "correlations"
    positive = True

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Between 0 and 2; the lower the better.

        Raises:
            MetricError: the table has one column.
        """
        if len(self._sizes) < 2:
            raise MetricError("correlations need two columns at least")
        made, there = (self.associations(side["rows"].double().cpu()) for side in (fake, real))
        return float((made - there).abs().mean())

    def associations(self, rows: Tensor) -> Tensor:
        """Return the association of each pair of columns, ``(pairs,)``: first with second, first with third, ..."""
        columns = [one_hot(x, size) if size else scaled(x) for x, size in zip(rows.T, self._sizes, strict=True)]
        return torch.stack([association(a, b) for a, b in combinations(columns, 2)])


def one_hot(x: Tensor, size: int) -> Tensor:
    """Return choices ``(N,)`` as ``(N, size)`` float64."""
    return (x[:, None] == torch.arange(size)).double()


def scaled(x: Tensor) -> Tensor:
    """Return numbers ``(N,)`` less their mean over their standard deviation; zeros where they are constant."""
    centred = x - x.mean()
    std = centred.square().mean().sqrt()
    return centred / std if std > 1e-12 * x.abs().max() else torch.zeros_like(x)


def association(a: Tensor, b: Tensor) -> Tensor:
    """Return the association of two columns: numbers ``(N,)`` as ``scaled`` has them, or choices ``(N, k)``."""
    if a.ndim < b.ndim:
        a, b = b, a
    if a.ndim == 1:
        return a @ b / len(a)
    together = a.T @ b / len(a)
    shares = a.mean(0).clamp_min(1e-300)
    if b.ndim == 1:  # sum of p_k (E[b | k])^2, of b with variance 1
        return (together.square() / shares).sum().clamp(0, 1).sqrt()
    expected = torch.outer(a.mean(0), b.mean(0))
    chi = ((together - expected).square() / expected.clamp_min(1e-300)).sum()
    fewest = min(int((side.sum(0) > 0).sum()) for side in (a, b)) - 1
    return (chi / max(fewest, 1)).clamp(0, 1).sqrt()
