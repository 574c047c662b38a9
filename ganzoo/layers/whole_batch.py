"""Functions for parts that mix the samples of a batch, where several ranks play one run, each its share of the batch.

In a run of one process every function here gives back what it is given, so that a part is written once.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from ..errors import RecipeError


class Ranks(ABC):
    """The processes that play one run together, as one of them sees them.

    Every rank calls the same functions in the same order; what they give is the same on every rank, bit for bit.

    Args:
        number: of this rank, from 0.
        count: how many there are.

    Attributes:
        share: rows of a batch that each rank plays; the engine sets it.
    """

    def __init__(self, number: int, count: int) -> None:
        self.number, self.count, self.share = number, count, 0

    @abstractmethod
    def stacked(self, tensor: Tensor) -> Tensor:
        """``(...)`` of each rank -> ``(count, ...)``, the first one's first; without a gradient."""

    @abstractmethod
    def add_(self, tensor: Tensor) -> Tensor:
        """Put the sum over the ranks into ``tensor``, which is contiguous; without a gradient."""

    def own(self, whole: Tensor) -> Tensor:
        """Return the rows that this rank plays of ``(k B, ...)``, k batches one after the other, or of a part of one
        batch.
        """
        rows, left = divmod(len(whole), self.count)
        if left:
            raise RecipeError(f"{len(whole)} rows of a batch cannot be shared out among {self.count} ranks")
        if rows % self.share:
            return whole[self.number * rows :][:rows]
        pieces: Tensor = whole.unflatten(0, (-1, self.count, self.share))[:, self.number]
        return pieces.flatten(0, 1)

    def close(self) -> None:
        """Leave the others."""
        return


class _Here(threading.local):
    ranks: Ranks | None = None


_here = _Here()


def current() -> Ranks | None:
    """Return the ranks that play the present step; None in a run of one process, and outside of steps."""
    return _here.ranks


@contextmanager
def playing(ranks: Ranks | None) -> Iterator[None]:
    """Let the block be part of a step that these ranks play."""
    before, _here.ranks = _here.ranks, ranks
    try:
        yield
    finally:
        _here.ranks = before


class _Summed(torch.autograd.Function):
    """The sum over the ranks; each rank's objective counts, so that the gradient is a sum over them as well."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, ranks: Ranks) -> Tensor:
        ctx.ranks = ranks
        return ranks.add_(x.detach().clone(memory_format=torch.contiguous_format))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return _Summed.apply(gradient, ctx.ranks), None


class _Stacked(torch.autograd.Function):
    """The values of every rank, on every rank."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, ranks: Ranks) -> Tensor:
        ctx.ranks = ranks
        return ranks.stacked(x.detach().contiguous())

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return _Summed.apply(gradient, ctx.ranks)[ctx.ranks.number], None


def stacked(x: Tensor, ranks: Ranks) -> Tensor:
    """``(...)`` of each rank -> ``(count, ...)``, differentiable as often as one likes."""
    rows: Tensor = _Stacked.apply(x, ranks)
    return rows


def gathered(x: Tensor) -> Tensor:
    """``(B, ...)``, a rank's share of something that has a row for each sample -> the rows of the whole batch.

    Differentiable as often as one likes. The rows are in the order in which one process has them; those of k batches,
    one after the other, ``(k B, ...)``, are given as k whole batches. Whatever is made of them is made on every rank.
    """
    ranks = current()
    if ranks is None:
        return x
    rows = stacked(x, ranks)
    if ranks.share and x.shape[0] % ranks.share == 0 and x.shape[0] > ranks.share:
        rows = rows.unflatten(1, (-1, ranks.share)).transpose(0, 1).flatten(0, 1)
    return rows.flatten(0, 1)


def batch_mean(x: Tensor) -> Tensor:
    """Return the mean over the ranks of ``x``, which is a mean over samples of a share: the mean over the whole batch.

    Differentiable as often as one likes. For a mean that acts otherwise than linearly: one that is squared, compared,
    or kept in a buffer that the same turn reads.
    """
    ranks = current()
    return x if ranks is None else _Summed.apply(x, ranks) / ranks.count


def own_rows(whole: Tensor) -> Tensor:
    """Return the rows that this rank plays of what ``gathered`` gave, or of anything with a row for
    each sample of it.
    """
    ranks = current()
    return whole if ranks is None else ranks.own(whole)


def batch_size(x: Tensor) -> int:
    """Return how many rows the whole batch has, of which ``x`` is this rank's share."""
    ranks = current()
    return len(x) if ranks is None else len(x) * ranks.count
