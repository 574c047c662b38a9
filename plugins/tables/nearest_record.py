"""Rows that are too near to real ones."""

from __future__ import annotations

import torch
from torch import Tensor

from ganzoo.errors import MetricError

from .table_look import TableMetric

_BLOCK = 1024


class NearestRecord(TableMetric):
    """Per cent of pairs in which a generated row is nearer to a real row than a real one to its nearest other.

    A row that is held out is as near to the real rows as one of them to the others, so that this compares generated
    with held-out rows without holding any out: 50 for new rows of the same table, 100 for copies, below 50 where rows
    lie apart from all real ones. Equal distances count as half. Distances are Euclidean, of numbers over the real
    standard deviation, and 1 between two choices.

    Source: distances to the closest record are those of arXiv:1806.03384 (table-GAN).
    """

    title = "nearest %"

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Between 0 and 100.

        Raises:
            MetricError: there are fewer than two real rows.
        """
        made, there = (self.standardised(side["rows"], real["rows"]) for side in (fake, real))
        if len(there) < 2:
            raise MetricError("nearest-record needs two real rows at least")
        of_real = least_distances(there, there, others=True).sort().values
        of_made = least_distances(made, there)
        farther = len(of_real) - torch.searchsorted(of_real, of_made, right=True)
        equal = torch.searchsorted(of_real, of_made, right=True) - torch.searchsorted(of_real, of_made)
        return float((farther + equal / 2).double().mean() / len(of_real) * 100)


def least_distances(rows: Tensor, real: Tensor, *, others: bool = False) -> Tensor:
    """Return the distance of each of ``(N, D)`` rows to the nearest of ``(M, D)``, ``(N,)``.

    Args:
        rows: from which.
        real: to which.
        others: the rows are the real ones, and none is compared with itself.
    """
    found = []
    for start in range(0, len(rows), _BLOCK):
        distances = torch.cdist(rows[start : start + _BLOCK], real, compute_mode="donot_use_mm_for_euclid_dist")
        if others:
            distances.diagonal(start).fill_(torch.inf)
        found.append(distances.amin(1))
    return torch.cat(found)
