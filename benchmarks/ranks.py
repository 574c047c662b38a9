"""Correlations of two rankings, with ties. No script: `worth.py` and `rank_agreement.py`."""

import math
from collections.abc import Sequence
from itertools import combinations

import torch
from torch import Tensor


def ranked(values: Sequence[float]) -> Tensor:
    """Return each value's place in ascending order, from 1, ``(N,)`` float64; equal ones share their mean place."""
    given = torch.tensor(values, dtype=torch.float64)
    below = (given[None] < given[:, None]).sum(1)
    equal = (given[None] == given[:, None]).sum(1)
    return below + (equal + 1) / 2.0


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """Return Spearman's rho of two lists: Pearson's correlation of their ranks; NaN where all of one are equal."""
    ranks = torch.stack([ranked(one), ranked(other)]).double()
    centred = ranks - ranks.mean(1, keepdim=True)
    scale = float(centred.square().sum(1).prod().sqrt())
    return float(centred.prod(0).sum()) / scale if scale else math.nan


def kendall(one: Sequence[float], other: Sequence[float]) -> float:
    """Return Kendall's tau-b of two lists: pairs in the same order less those in the other one, over all without ties.

    NaN where all of one are equal. Source: Kendall, "The treatment of ties in ranking problems", Biometrika 33, 1945.
    """
    signs = [(_sign(one[i] - one[j]), _sign(other[i] - other[j])) for i, j in combinations(range(len(one)), 2)]
    scale = math.sqrt(sum(a != 0 for a, _ in signs) * sum(b != 0 for _, b in signs))
    return sum(a * b for a, b in signs) / scale if scale else math.nan


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
