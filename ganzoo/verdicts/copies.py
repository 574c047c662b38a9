"""Numbers of copies: of training rows, of these in the mirror, and of held-out rows; exact ones and changed ones."""

from __future__ import annotations

import torch
from torch import Tensor

from .evidence import Evidence, as_rows
from .neighbours import TwoNearest, two_nearest

MOST = 2_000  # samples that are looked at, and real rows that the yardstick is taken from
LOW = 0.01  # the quantile of real rows' ratios below which a sample is a near copy
ENOUGH = 50  # held-out rows


def measure(evidence: Evidence) -> dict[str, float]:
    """Measure how near generated samples are to single rows of the data, beside how near other real rows are.

    A sample's *ratio* is its distance to the nearest row over that to the next one. A copy that was changed a little
    has a low one, while a blurred or otherwise poor sample, which may be near to all rows, has one as real rows have.
    The yardstick of training rows are the others of them; of held-out rows, the training rows.

    ``training_near`` is the share of samples that are near copies. ``training_near_rows`` is the same of rows: of those
    that are nearest to a sample, the share of those that have a near copy. A generator that makes a few images again
    and again may happen to make one that is near to a row, and then many samples are; it is one row all the same.
    Likewise ``mirrored_`` and ``held_out_``.

    Source: the ratio is D. Lowe's, of matching (IJCV 60, 2004, sec. 7.1).
    """
    numbers: dict[str, float] = {}
    training = evidence.training_rows
    samples = evidence.rows[_some(len(evidence.rows))]
    if len(training) > 2:
        some = _some(len(training))
        yardstick = two_nearest(training[some], training, some)
        found = two_nearest(samples, training)
        numbers |= _compared("training", found, yardstick)
        copied = found.first == 0
        numbers["rows_copied"] = float(len(found.index[copied].unique())) / max(1, int(copied.sum()))
        numbers["distance"] = float(found.first.median() / yardstick.first.median().clamp(min=1e-12))
        if evidence.are_images:
            flipped = as_rows(evidence.training.flip(-1))
            yardstick = two_nearest(training[some], flipped, some)
            numbers |= _compared("mirrored", two_nearest(samples, flipped), yardstick)
    if evidence.held_out is not None and len(evidence.held_out) >= ENOUGH:
        rows = as_rows(evidence.held_out)
        some = _some(len(training))
        strange = two_nearest(samples, rows)
        numbers |= _compared("held_out", strange, two_nearest(training[some], rows))
    return numbers


def _compared(name: str, found: TwoNearest, yardstick: TwoNearest) -> dict[str, float]:
    near = found.ratio < yardstick.ratio.double().quantile(LOW)
    return {
        f"{name}_copies": float((found.first == 0).double().mean()),
        f"{name}_copies_real": float((yardstick.first == 0).double().mean()),
        f"{name}_near": float(near.double().mean()),
        f"{name}_near_rows": len(found.index[near].unique()) / max(1, len(found.index.unique())),
    }


def _some(n: int) -> Tensor:
    return torch.randperm(n, generator=torch.Generator().manual_seed(0))[:MOST]
