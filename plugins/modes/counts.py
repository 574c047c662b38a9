"""Counts of samples by mode."""

import torch
from torch import Tensor


def counted(mode: Tensor) -> Tensor:
    """Count the occurrences of each mode in a column ``(N, 1)`` of whole numbers, where -1 is no mode: ``(M,)`` int64.

    M is 1 + the highest mode that occurs, and at least 1: how many modes there are is not known here.
    """
    numbers = mode.flatten().long()
    return torch.bincount(numbers[numbers >= 0], minlength=1)


def side_by_side(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Two counts of the same length on the CPU: a mode that only one of them reaches has no sample in the other."""
    most = max(len(one), len(other))
    first, second = (torch.nn.functional.pad(counts.cpu(), (0, most - len(counts))) for counts in (one, other))
    return first, second
