"""Training by sampling: an order of rows in which rare values come more often than in the table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ganzoo.interfaces import Deal

_BLOCK = 1024  # positions that are drawn together
_OWN = 1907_00503  # keeps these draws apart from others of the same seed


class BySampling(Deal):
    """A column of choices, one of its values by the logarithm of its frequency, and then a row that has it.

    Columns are equally likely, and a value that n rows have is as likely as log(1 + n) beside those of its column.
    Values are counted over all columns, from the first one's first to the last one's last; the field ``y`` is the list
    of them all, so that the index of a value is the condition itself.

    Source: arXiv:1907.00503, sec. 4.3; the 1 is the authors' code's.
    Departs: conditions of evaluated rows (``draw``) come as often as in the table: a row, and a column of it. The
        authors' code keeps the logarithms there.

    Args:
        chosen: ``(N, M)`` whole numbers, the value in each column of choices, counted within its column.
        sizes: how many values each of the M columns has.
        seed: of the order.
    """

    def __init__(self, chosen: Tensor, sizes: Sequence[int], seed: int) -> None:
        self.by = {"x": "row", "y": "value"}
        self._seed, self._sizes = seed, tuple(sizes)
        self._first = np.cumsum([0, *sizes])
        codes = chosen.cpu().numpy().astype(np.int64) + self._first[:-1]
        self._codes = torch.from_numpy(codes)
        flat = codes.flatten()
        self._rows = np.argsort(flat, kind="stable") // codes.shape[1]  # of the first value, of the second, ...
        self._counts = np.bincount(flat, minlength=self._first[-1])
        self._starts = np.cumsum(self._counts) - self._counts
        self._last: tuple[int, Tensor, Tensor] = -1, torch.empty(0), torch.empty(0)

    def probabilities(self, column: int) -> np.ndarray:
        """Return how likely each value of a column is once the column is drawn, ``(k,)`` float64."""
        counts = self._counts[self._first[column] : self._first[column + 1]]
        p: np.ndarray = np.log1p(counts) / np.log1p(counts).sum()
        return p

    def _block(self, number: int) -> tuple[Tensor, Tensor]:
        if self._last[0] != number:
            rng = np.random.default_rng((_OWN, self._seed, number))
            values = np.empty(_BLOCK, dtype=np.int64)
            columns = rng.integers(len(self._sizes), size=_BLOCK)
            for column, k in enumerate(self._sizes):
                here = columns == column
                values[here] = self._first[column] + rng.choice(k, int(here.sum()), p=self.probabilities(column))
            rows = self._rows[self._starts[values] + (rng.random(_BLOCK) * self._counts[values]).astype(np.int64)]
            self._last = number, torch.from_numpy(rows), torch.from_numpy(values)
        return self._last[1:]

    def take(self, position: int, count: int) -> dict[str, Tensor]:
        """See ``Deal.take``; the indices are ``row`` and ``value``."""
        rows: list[Tensor] = []
        values: list[Tensor] = []
        while count:
            number, start = divmod(position, _BLOCK)
            n = min(count, _BLOCK - start)
            for taken, block in zip((rows, values), self._block(number), strict=True):
                taken.append(block[start : start + n])
            position, count = position + n, count - n
        return {"row": torch.cat(rows), "value": torch.cat(values)}

    def draw(self, n: int, rng: torch.Generator) -> dict[str, Tensor]:
        """See ``Deal.draw``."""
        if self._codes.device != rng.device:
            self._codes = self._codes.to(rng.device)
        row, column = (torch.randint(k, (n,), device=rng.device, generator=rng) for k in self._codes.shape)
        return {"row": row, "value": self._codes[row, column]}
