"""Mean and covariance of features that come in batches."""

import torch
from torch import Tensor

from .doubles import doubled


class Moments:
    """Mean and scatter of rows, in float64, merged batch by batch.

    Each batch is centred on its own mean before it is squared, so that features far from zero lose no digits.

    Source: Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983, eq. 2.1 (of two sets of any
    sizes).

    Attributes:
        n: number of rows so far.
    """

    def __init__(self) -> None:
        self.n = 0
        self._mean: Tensor | None = None
        self._scatter: Tensor | None = None

    def add(self, rows: Tensor) -> None:
        """Take in ``(B, F)`` rows, of any float type; nothing waits for their device."""
        if not len(rows):
            return
        rows = doubled(rows)
        mean = rows.mean(0)
        rows = rows - mean
        if self._mean is None or self._scatter is None:
            self.n, self._mean, self._scatter = len(rows), mean, rows.T @ rows
            return
        whole = self.n + len(rows)
        gap = mean - self._mean
        self._scatter.addmm_(rows.T, rows)
        self._scatter.addr_(gap, gap, alpha=self.n * len(rows) / whole)
        self._mean.add_(gap, alpha=len(rows) / whole)
        self.n = whole

    def mean(self) -> Tensor:
        """``(F,)``; of no rows, an empty one."""
        return torch.zeros(0, dtype=torch.float64) if self._mean is None else self._mean

    def covariance(self) -> Tensor:
        """``(F, F)``, unbiased; there must be two rows."""
        assert self._scatter is not None and self.n > 1
        return self._scatter / (self.n - 1)
