"""Numbers of variety: how many samples are different, and how far they lie apart."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor

from .evidence import Evidence
from .neighbours import two_nearest

MOST = 2_000  # samples of each kind


def measure(evidence: Evidence) -> dict[str, float]:
    """Measure how many generated samples are different and how far apart they are, beside as many real ones.

    ``own_distance`` is of different samples, where at least half are different: ``different`` tells that some are not.
    """
    n = min(MOST, len(evidence.generated), len(evidence.training))
    numbers = {
        "different": _different(evidence.generated),
        "different_real": _different(evidence.training[: len(evidence.generated)]),
    }
    if n < 3:
        return numbers
    fake, real = evidence.rows[:n], evidence.training_rows[_some(len(evidence.training_rows), n)]
    spread, spread_real = _spread(fake), _spread(real)
    nearest, nearest_real = (_nearest(rows) for rows in (fake, real))
    numbers["spread"] = spread / spread_real if spread_real else 1.0
    numbers["own_distance"] = nearest / nearest_real if nearest_real else 1.0
    return numbers


def _different(samples: Tensor) -> float:
    """Return the share of samples that are no copies of one before, by digests of their bytes."""
    digests = {hashlib.blake2b(sample.contiguous().numpy().tobytes()).digest() for sample in samples}
    return len(digests) / len(samples)


def _nearest(rows: Tensor) -> float:
    """Return the median distance of a row to the nearest other one; of different rows, where half of them are."""
    different = rows.unique(dim=0)
    rows = different if 2 * len(different) >= len(rows) else rows
    return float(two_nearest(rows, rows, torch.arange(len(rows))).first.median())


def _spread(rows: Tensor) -> float:
    """Return the root of the mean squared distance of two different rows."""
    return float((2 * rows.double().var(dim=0).sum()).sqrt())


def _some(n: int, few: int) -> Tensor:
    return torch.randperm(n, generator=torch.Generator().manual_seed(1))[:few]
