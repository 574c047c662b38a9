"""The nearest of many points, without a table of all distances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

_QUERIES, _POINTS = 2048, 8192  # of which the distances are held at once: 64 MiB
_CANDIDATES = 4  # found in float32, measured again in float64
_MEASURED = 1 << 23  # numbers in a block of float64


@dataclass(frozen=True)
class Nearest:
    """Of each query, on the CPU.

    Attributes:
        distance: ``(Q,)`` float64, Euclidean; infinite where there is no other point.
        index: ``(Q,)`` int64, which point it is, the first of several as near.
    """

    distance: Tensor
    index: Tensor


def nearest(
    queries: Tensor,
    points: Tensor,
    *,
    own: Tensor | None = None,
    rows: Callable[[Tensor], Tensor] = Tensor.float,
    device: torch.device | str = "cpu",
) -> Nearest:
    """Find the point nearest to each query.

    Candidates are found by a matrix product in float32, blocks of points against blocks of queries, and then measured
    anew, difference by difference in float64: a copy is at distance 0, which the product alone does not give.

    Args:
        queries: ``(Q, ...)``, as they are kept.
        points: ``(N, ...)``, at least one; likewise.
        own: ``(Q,)`` int64, the point that is the query itself and does not count; None where queries are no points.
        rows: makes of either what is compared, ``(B, F)`` float32, on the device that it is given them on.
        device: where the candidates are looked for.
    """
    queries, points = queries.cpu(), points.cpu()
    own = torch.full((len(queries),), -1) if own is None else own.cpu()
    centre = rows(points[:_POINTS].to(device)).mean(dim=0)  # distances between vectors far from 0 lose their digits
    found = []
    for at in range(0, len(queries), _QUERIES):
        few = slice(at, at + _QUERIES)
        candidates = _candidates(rows(queries[few].to(device)) - centre, points, own[few], centre, rows).cpu()
        found.append(_measured(queries[few], points, own[few], candidates, rows))
    distances, indices = zip(*found, strict=True) if found else ([torch.empty(0).double()], [own])
    return Nearest(torch.cat(distances), torch.cat(indices))


def _candidates(
    queries: Tensor, points: Tensor, own: Tensor, centre: Tensor, rows: Callable[[Tensor], Tensor]
) -> Tensor:
    """``(Q, up to 4)`` indices of the points that are nearest in float32."""
    device, n = queries.device, len(queries)
    own = own.to(device)
    best = torch.full((n, 0), torch.inf, device=device)
    which = torch.empty((n, 0), dtype=torch.int64, device=device)
    for start in range(0, len(points), _POINTS):
        block = rows(points[start : start + _POINTS].to(device)) - centre
        # The query's own square is the same for all points, and left out.
        distances = torch.addmm(block.square().sum(dim=1), queries, block.T, alpha=-2)
        itself = ((own >= start) & (own < start + len(block))).nonzero().squeeze(1)
        distances[itself, own[itself] - start] = torch.inf
        found, places = distances.topk(min(_CANDIDATES, len(block)), dim=1, largest=False)
        best, which = torch.cat((best, found), dim=1), torch.cat((which, places + start), dim=1)
        best, kept = best.topk(min(_CANDIDATES, best.shape[1]), dim=1, largest=False)
        which = which.gather(1, kept)
    return which


def _measured(
    queries: Tensor, points: Tensor, own: Tensor, candidates: Tensor, rows: Callable[[Tensor], Tensor]
) -> tuple[Tensor, Tensor]:
    count = candidates.shape[1]
    block = max(1, _MEASURED // (count * max(1, points[:1].numel())))
    distances, indices = [], []
    for few in torch.arange(len(queries)).split(block):
        there = rows(points[candidates[few].flatten()]).double().view(len(few), count, -1)
        apart = (rows(queries[few]).double()[:, None] - there).square().sum(dim=2).sqrt()
        apart = apart.masked_fill(candidates[few] == own[few, None], torch.inf)
        least = apart.amin(dim=1)
        distances.append(least)
        indices.append(candidates[few].masked_fill(apart > least[:, None], len(points)).amin(dim=1))
    return torch.cat(distances), torch.cat(indices)
