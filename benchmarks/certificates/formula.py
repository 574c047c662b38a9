"""Weights and inputs by a formula of name and index, so that two programs make the same without a random generator."""

import math
import zlib
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

M = TypeVar("M", bound=nn.Module)
Weight = Callable[[str, Tensor], Tensor]


def uniform(name: str, shape: Sequence[int], dtype: torch.dtype = torch.float64) -> Tensor:
    """Give numbers in [0, 1): of element ``i`` the hash of ``i`` and of the CRC-32 of the name.

    Source: the hash is SplitMix64's (Steele, Lea, Flood, Fast splittable pseudorandom number generators, 2014), of
        which the upper 53 bits are taken. No row or column of a matrix depends on another, as it would with a sine.
    """
    index = np.arange(math.prod(shape), dtype=np.uint64)
    x = (index + np.uint64(zlib.crc32(name.encode()) << 32)) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    upper = (x ^ (x >> np.uint64(31))) >> np.uint64(11)
    return torch.from_numpy(upper.astype(np.float64) * 2.0**-53).reshape(tuple(shape)).to(dtype)


def spread(name: str, shape: Sequence[int], std: float = 1.0, dtype: torch.dtype = torch.float64) -> Tensor:
    """Give numbers with mean 0 and the standard deviation ``std``, evenly distributed."""
    return (2 * uniform(name, shape, dtype) - 1) * (math.sqrt(3) * std)


def images(name: str, n: int, channels: int, size: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Give ``(n, channels, size, size)`` numbers in [-1, 1)."""
    return 2 * uniform(name, (n, channels, size, size), dtype) - 1


def labels(n: int, classes: int) -> Tensor:
    """Give ``(n,)`` labels, each class once before any comes again."""
    return (torch.arange(n) * 7 + 3) % classes if classes % 7 else torch.arange(n) % classes


def usual(name: str, like: Tensor) -> Tensor:
    """Give a weight as networks begin with: of two or more axes 1 / sqrt(fan-in), of one axis 0.2 about 0.

    A vector whose name ends in ``weight`` or ``gain`` is the scale of a normalisation, and is about 1.
    """
    if like.ndim > 1:
        return spread(name, like.shape, std=like[0].numel() ** -0.5)
    return spread(name, like.shape, std=0.2) + float(name.endswith(("weight", "gain")))


@torch.no_grad()
def filled(module: M, weight: Weight = usual) -> M:
    """Give the module in double precision, each parameter set by the formula of its name and shape.

    Args:
        module: changed in place.
        weight: ``(name, parameter) -> its values``.
    """
    module.double()
    for name, parameter in module.named_parameters():
        parameter.copy_(weight(name, parameter))
    return module
