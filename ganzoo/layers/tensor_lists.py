"""Arithmetic on many tensors in one launch."""

from collections.abc import Sequence

from torch import Tensor

from ..backend.internals import foreach_mul


def multiply_each(tensors: Sequence[Tensor], factors: Sequence[float]) -> list[Tensor]:
    """Multiply each tensor by its factor, in one launch for all of a device and type."""
    return list(foreach_mul(list(tensors), list(factors)))
