"""The two nearest of many rows."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_QUERIES, _POINTS = 1024, 8192  # of which the distances are held at once: 32 MiB
_CANDIDATES = 4  # found in float32, measured again in float64


@dataclass(frozen=True)
class TwoNearest:
    """The two nearest rows of each query, ``(Q,)`` each.

    Attributes:
        first: float64, the Euclidean distance of the nearest row.
        second: that of the next one; infinite where there is a single row.
        index: int64, which row is the nearest.
    """

    first: Tensor
    second: Tensor
    index: Tensor

    @property
    def ratio(self) -> Tensor:
        """``first / second``, in [0, 1]: near 0 for a copy of one row alone, near 1 for what lies between many.

        It is 1 where both are 0, as of a row that the data have twice.
        """
        return torch.where(self.second > 0, self.first / self.second, torch.ones_like(self.first))


def two_nearest(queries: Tensor, points: Tensor, own: Tensor | None = None) -> TwoNearest:
    """Find the two rows that are nearest to each query.

    Candidates come of a matrix product in float32 and are measured anew in float64: a copy is at distance 0.

    Args:
        queries: ``(Q, D)`` float32.
        points: ``(N, D)`` float32, at least two.
        own: ``(Q,)`` int64, the row that is the query itself and does not count; None where queries are no rows.
    """
    centre = points[:_POINTS].mean(dim=0)
    firsts, seconds, indices = [], [], []
    for at in range(0, len(queries), _QUERIES):
        few = queries[at : at + _QUERIES]
        itself = None if own is None else own[at : at + _QUERIES]
        which = _candidates(few - centre, points, itself, centre)
        apart = (few.double()[:, None] - points[which].double()).square().sum(dim=2).sqrt()
        if itself is not None:
            apart = apart.masked_fill(which == itself[:, None], torch.inf)
        apart, order = apart.sort(dim=1, stable=True)
        firsts.append(apart[:, 0])
        seconds.append(apart[:, 1] if apart.shape[1] > 1 else torch.full_like(apart[:, 0], torch.inf))
        indices.append(which.gather(1, order[:, :1]).squeeze(1))
    return TwoNearest(torch.cat(firsts), torch.cat(seconds), torch.cat(indices))


def _candidates(queries: Tensor, points: Tensor, own: Tensor | None, centre: Tensor) -> Tensor:
    """``(Q, up to 4)`` indices of the rows that are nearest in float32."""
    best = torch.full((len(queries), 0), torch.inf)
    which = torch.empty((len(queries), 0), dtype=torch.int64)
    for start in range(0, len(points), _POINTS):
        block = points[start : start + _POINTS] - centre
        # The query's own square is the same for all rows, and left out.
        apart = torch.addmm(block.square().sum(dim=1), queries, block.T, alpha=-2)
        if own is not None:
            here = ((own >= start) & (own < start + len(block))).nonzero().squeeze(1)
            apart[here, own[here] - start] = torch.inf
        found, places = apart.topk(min(_CANDIDATES, len(block)), dim=1, largest=False)
        best, which = torch.cat((best, found), dim=1), torch.cat((which, places + start), dim=1)
        best, kept = best.topk(min(_CANDIDATES, best.shape[1]), dim=1, largest=False)
        which = which.gather(1, kept)
    return which
