"""Nearest neighbours and the balls that they span, without ever holding all distances at once.

Squared distances come block by block from one product of matrices each: ``[-2x, |x|^2, 1] [y, 1, |y|^2]^T``. Rows are
moved to their mean first, so that features far from zero lose no digits. Two distances that differ by less than the
rounding of that product count as equal, so that of sets with images in common a ball holds all of its rim, or none.

All of it works where the rows are, in float64 where the device is good at it, else in float32.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from .doubles import wide_type

_GROUP = 64  # columns whose least is taken first: the k least of a row lie in the k groups with the least leasts
_BLOCK = {"cpu": (256, 2048)}  # rows and columns of a block: what a CPU's cache holds
_BLOCK_ELSEWHERE = (2048, 16_384)


def nearest(rows: Tensor, k: int) -> Tensor:
    """Give the squared distances of each row to its ``k`` nearest others, ascending.

    Args:
        rows: ``(N, F)``, of any float type; more than ``k`` of them.
        k: how many neighbours.

    Returns:
        ``(N, k)`` on the rows' device.
    """
    dtype = wide_type(rows.device)
    origin = rows.mean(0, dtype=dtype)
    high, wide = _BLOCK.get(rows.device.type, _BLOCK_ELSEWHERE)
    found = []
    for at in range(0, len(rows), high):
        left = _left(rows[at : at + high], origin)
        best = left.new_full((len(left), k), torch.inf)
        for start, right in _columns(rows, origin, wide):
            squares = left @ right.T
            if -len(left) < at - start < len(right):
                squares.diagonal(at - start).fill_(torch.inf)  # of each row to itself
            best = torch.cat([best, _least(squares, k)], 1).topk(k, largest=False).values
        found.append(best.clamp_(min=0))
    return torch.cat(found)


class Balls(NamedTuple):
    """Membership of points in balls around ``M`` centres.

    Attributes:
        held: ``(N,)`` int64, how many balls hold each of ``N`` points.
        filled: ``(M,)`` bool, whether each ball holds any of them.
        filled_by_part: ``(P, M)`` bool, whether it holds any of each of ``P`` parts of them.
    """

    held: Tensor
    filled: Tensor
    filled_by_part: Tensor


def balls(centres: Tensor, squares: Tensor, points: Tensor, parts: Tensor | None = None, *, rims: bool = True) -> Balls:
    """Find the points that lie in each ball.

    Args:
        centres: ``(M, F)``.
        squares: ``(M,)``, the balls' squared radii.
        points: ``(N, F)``, on the same device.
        parts: ``(P, N)`` of zeros and ones, float32: which points are in which part of them; None for no parts.
        rims: a ball holds the points on its rim; else only those that are nearer, and one of no radius holds none.
    """
    dtype = wide_type(points.device)
    origin = centres.mean(0, dtype=dtype)
    high, wide = _BLOCK.get(points.device.type, _BLOCK_ELSEWHERE)
    rounding = 8 * (centres.shape[1] + 2) ** 0.5 * torch.finfo(dtype).eps
    tight = 1 - rounding if rims else 1 + rounding
    held = torch.zeros(len(points), dtype=torch.int64, device=points.device)
    filled = torch.zeros(len(centres), dtype=torch.bool, device=points.device)
    parts = torch.zeros(0, len(points), device=points.device) if parts is None else parts
    by_part = torch.zeros(len(parts), len(centres), dtype=torch.bool, device=points.device)
    for at in range(0, len(points), high):
        left = _left(points[at : at + high], origin, tight)
        for start, right in _columns(centres, origin, wide, tight, squares):
            inside = left @ right.T <= 0 if rims else left @ right.T < 0
            end = start + len(right)
            held[at : at + high] += inside.sum(1)
            filled[start:end] |= inside.any(0)
            if len(parts):
                by_part[:, start:end] |= parts[:, at : at + high] @ inside.float() > 0
    return Balls(held, filled, by_part)


def _left(rows: Tensor, origin: Tensor, tight: float = 1.0) -> Tensor:
    x = rows.to(origin.dtype) - origin
    return torch.cat([-2 * x, x.square().sum(1, keepdim=True) * tight, x.new_ones(len(x), 1)], 1)


def _columns(
    rows: Tensor, origin: Tensor, wide: int, tight: float = 1.0, less: Tensor | None = None
) -> Iterator[tuple[int, Tensor]]:
    for start in range(0, len(rows), wide):
        y = rows[start : start + wide].to(origin.dtype) - origin
        last = y.square().sum(1, keepdim=True) * tight
        if less is not None:
            last = last - less[start : start + wide, None]
        yield start, torch.cat([y, y.new_ones(len(y), 1), last], 1)


def _least(squares: Tensor, k: int) -> Tensor:
    """Give the ``k`` least of each row, or all of them where there are fewer; in any order."""
    groups = squares.shape[1] // _GROUP
    if groups <= k:
        return squares.topk(min(k, squares.shape[1]), largest=False).values
    even = squares[:, : groups * _GROUP].unflatten(1, (groups, _GROUP))
    best = even.amin(2).topk(k, largest=False).indices
    chosen = even.gather(1, best[:, :, None].expand(-1, -1, _GROUP)).flatten(1)
    return torch.cat([chosen, squares[:, groups * _GROUP :]], 1).topk(k, largest=False).values
