"""Means over samples."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ...samples import Sample


def mean_over(sample: Sample) -> Tensor:
    """Return the mean of all numbers of a batch, a scalar; those of named tensors count alike."""
    if not isinstance(sample, Mapping):
        return sample.mean()
    first, *others = (tensor.sum() for tensor in sample.values())
    return sum(others, start=first) / sum(tensor.numel() for tensor in sample.values())
