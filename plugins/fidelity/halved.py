"""A standard error from a number's values on random halves of the samples."""

from collections.abc import Sequence

import torch
from torch import Tensor


def masks(halves: Sequence[Tensor], n: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """``(P, n)`` of zeros and ones: which of ``n`` samples are in which half, given as places."""
    made = torch.zeros(len(halves), n, dtype=dtype)
    for row, half in zip(made, halves, strict=True):
        row[half] = 1
    return made.to(device)


def standard_error(values: Tensor, half: int, n: int) -> float:
    """Give the standard error on ``n`` samples, from the values ``(P,)`` on halves of ``half`` each.

    Source: Shao and Wu, "A general theory for jackknife variance estimation", Annals of Statistics 17, 1989, where as
    many samples are deleted as not.
    """
    return float(values.double().std() * (half / (n - half)) ** 0.5)
