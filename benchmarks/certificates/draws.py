"""Replacements in torch that make two programs run alike: random draws by a formula, double precision by default."""

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

from .formula import uniform


class FormulaDraws:
    """The functions of torch that draw, giving formula values of the call's number, by default in double precision.

    Args:
        mirrored: whole numbers from -n to n are negated, for a program whose shifts go the other way.
    """

    def __init__(self, mirrored: bool = False) -> None:
        self.mirrored, self.calls = mirrored, 0

    def rand(self, *shape: Any, size: Sequence[int] | None = None, dtype: Any = None, **_: Any) -> Tensor:
        """Give numbers in [0, 1)."""
        self.calls += 1
        found = _shape(shape, size)
        return uniform(f"draw {self.calls}", found, dtype or torch.float64)

    def randn(self, *shape: Any, size: Sequence[int] | None = None, dtype: Any = None, **_: Any) -> Tensor:
        """Give standard normal numbers: the quantiles of numbers in [0, 1)."""
        self.calls += 1
        even = uniform(f"draw {self.calls}", _shape(shape, size))
        quantiles = math.sqrt(2) * torch.erfinv((2 * even - 1).clamp(-1 + 2**-40, 1 - 2**-40))
        return quantiles.to(dtype or torch.float64)

    def randn_like(self, like: Tensor, **_: Any) -> Tensor:
        """Give standard normal numbers of the shape and type of a tensor."""
        return self.randn(like.shape, dtype=like.dtype)

    def randint(self, *ends_and_shape: Any, size: Sequence[int] | None = None, **_: Any) -> Tensor:
        """Give whole numbers from the lower end, which may be left out, to below the upper."""
        self.calls += 1
        *ends, last = ends_and_shape
        ends, shape = ([*ends, last], size) if size is not None else (ends, last)
        low, high = ends if len(ends) == 2 else (0, ends[0])
        drawn = low + (uniform(f"draw {self.calls}", shape) * (high - low)).long()
        return -drawn if self.mirrored and low == 1 - high else drawn


def _shape(given: tuple[Any, ...], size: Sequence[int] | None) -> Sequence[int]:
    if size is not None:
        return size
    return given[0] if len(given) == 1 and not isinstance(given[0], int) else given


@contextmanager
def formula_draws(mirrored: bool = False) -> Iterator[FormulaDraws]:
    """Let ``torch.rand``, ``randn``, ``randn_like`` and ``randint`` give formula values, the first call's first."""
    draws = FormulaDraws(mirrored)
    with ExitStack() as stack:
        for name in ("rand", "randn", "randn_like", "randint"):
            stack.enter_context(patch.object(torch, name, getattr(draws, name)))
        yield draws


@contextmanager
def double_by_default() -> Iterator[None]:
    """Let tensors that are made without a type be in double precision."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
