"""Distances between columns."""

from __future__ import annotations

import torch
from torch import Tensor

from .table_look import TableMetric


class ColumnDistance(TableMetric):
    """The mean over columns of how far apart what they hold is, generated from real.

    Of numbers the 1-Wasserstein distance over the real standard deviation: by how many of these a number has to be
    moved on average. Of choices the total variation, half of the sum of differences of shares: which share of rows has
    to change. 0 for two tables with the same columns, whatever belongs together in a row.

    Source: the 1-Wasserstein distance of two samples is the area between their empirical distribution functions
        (S. S. Vallender, 1974).
    """

    title = "columns"
    positive = True

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """At least 0; the lower the better."""
        made, there = fake["rows"].double().cpu(), real["rows"].double().cpu()
        found = []
        for column, size in enumerate(self._sizes):
            a, b = made[:, column], there[:, column]
            if size:
                shares = [torch.bincount(side.long(), minlength=size).double() / len(side) for side in (a, b)]
                found.append(float((shares[0] - shares[1]).abs().sum() / 2))
            else:
                std = float(b.std(correction=0))
                found.append(wasserstein(a, b) / (std if std > 0 else 1.0))
        return sum(found) / len(found)


def wasserstein(a: Tensor, b: Tensor) -> float:
    """Return the 1-Wasserstein distance of two samples ``(N,)`` and ``(M,)``, by the area between their steps."""
    a, b = a.sort().values, b.sort().values
    both = torch.cat([a, b]).sort().values
    steps = [torch.searchsorted(side, both[:-1].contiguous(), right=True).double() / len(side) for side in (a, b)]
    return float(((steps[0] - steps[1]).abs() * both.diff()).sum())
