"""Arithmetic of a browser's graph: operations on each number, and sums and variances along dimensions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .graph import Graph, Slot
from .moves import reshaped

Value = Slot | Tensor | float


def slot(graph: Graph, value: Value) -> Slot:
    """Make a slot of a number or a tensor."""
    return value if isinstance(value, Slot) else graph.constant(torch.as_tensor(value))


def binary(graph: Graph, f: str, a: Value, b: Value) -> Slot:
    """Add an operation on two values, which are broadcast."""
    return graph.emit("binary", [slot(graph, a), slot(graph, b)], f=f)


def unary(graph: Graph, f: str, x: Slot, *numbers: float) -> Slot:
    """Add an operation on each number."""
    return graph.emit("unary", [x], f=f, **({"with": [float(one) for one in numbers]} if numbers else {}))


def average(graph: Graph, x: Slot, dims: Sequence[int] | None = None, keepdim: bool = False, **_: Any) -> Slot:
    """Add means along dimensions, or of all numbers."""
    dims = list(dims) if dims else list(range(len(x.shape)))
    count = math.prod(x.shape[dim] for dim in dims)
    return total(graph, binary(graph, "mul", x, 1 / count), dims, keepdim)


def total(graph: Graph, x: Slot, dims: Sequence[int] | None = None, keepdim: bool = False, **_: Any) -> Slot:
    """Add sums along dimensions, or of all numbers."""
    return reduced(graph, "sum", x, dims, keepdim)


def reduced(graph: Graph, f: str, x: Slot, dims: Sequence[int] | None, keepdim: bool) -> Slot:
    """Add sums (``sum``) or maxima (``max``) along dimensions."""
    rank = len(x.shape)
    over = sorted(dim % rank for dim in (dims or range(rank)))
    kept = graph.emit("reduce", [x], f=f, dims=over)
    return kept if keepdim else reshaped(graph, kept, [n for dim, n in enumerate(x.shape) if dim not in over])


def variance(graph: Graph, x: Slot, dims: list[int]) -> tuple[Slot, Slot]:
    """Return the mean and the variance, uncorrected, with their dimensions kept."""
    mean = average(graph, x, dims, True)
    apart = binary(graph, "sub", x, mean)
    return mean, average(graph, binary(graph, "mul", apart, apart), dims, True)


def var(graph: Graph, x: Slot, dims: Any = None, *, correction: float = 1, keepdim: bool = False) -> Slot:
    """Add variances along dimensions, or of all numbers."""
    over = [dim % len(x.shape) for dim in (dims or range(len(x.shape)))]
    count = math.prod(x.shape[dim] for dim in over)
    made = binary(graph, "mul", variance(graph, x, over)[1], count / (count - correction))
    return made if keepdim else reshaped(graph, made, [n for dim, n in enumerate(x.shape) if dim not in over])
