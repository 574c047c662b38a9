"""Normalisations of torch, each written by the few operations of a browser's graph."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .arithmetic import Value, binary, reduced, total, unary, variance
from .graph import Graph, Slot
from .moves import reshaped


def _scaled(graph: Graph, x: Slot, mean: Value, factor: Value) -> Slot:
    return binary(graph, "mul", binary(graph, "sub", x, mean), factor)


def batch_norm(
    graph: Graph, x: Slot, weight: Any, bias: Any, mean: Tensor, var: Tensor, momentum: float, eps: float
) -> tuple[Slot]:
    """Fold the statistics and what follows them into a factor and a term for each channel."""
    shape = [1, -1, *[1] * (len(x.shape) - 2)]
    factor = torch.rsqrt(var.double() + eps) * (1 if weight is None else weight.double())
    term = (0 if bias is None else bias.double()) - mean.double() * factor
    return (binary(graph, "add", binary(graph, "mul", x, factor.view(shape)), term.view(shape)),)


def _normed(graph: Graph, x: Slot, dims: list[int], eps: float) -> Slot:
    mean, var = variance(graph, x, dims)
    return _scaled(graph, x, mean, unary(graph, "rsqrt", binary(graph, "add", var, eps)))


def _affine(graph: Graph, x: Slot, weight: Any, bias: Any) -> Slot:
    x = x if weight is None else binary(graph, "mul", x, weight)
    return x if bias is None else binary(graph, "add", x, bias)


def layer_norm(graph: Graph, x: Slot, shape: list[int], weight: Any, bias: Any, eps: float) -> tuple[Slot]:
    """Normalise over the last dimensions."""
    dims = list(range(len(x.shape) - len(shape), len(x.shape)))
    return (_affine(graph, _normed(graph, x, dims, eps), weight, bias),)


def group_norm(
    graph: Graph, x: Slot, weight: Any, bias: Any, n: int, channels: int, area: int, groups: int, eps: float
) -> tuple[Slot]:
    """Normalise over each group of channels."""
    flat = reshaped(graph, x, [1, groups, channels // groups * area])
    made = reshaped(graph, _normed(graph, flat, [2], eps), x.shape)
    across = [1, channels, *[1] * (len(x.shape) - 2)]
    parts = [None if one is None else one.reshape(across) for one in (weight, bias)]
    return (_affine(graph, made, *parts),)


def own_norm(graph: Graph, x: Slot, weight: Any, bias: Any, training: bool, momentum: float, eps: float) -> tuple[Slot]:
    """Normalise by the sample's own statistics: an instance norm, which torch writes with the batch in the channels."""
    across = [1, -1, *[1] * (len(x.shape) - 2)]
    parts = [None if one is None else one.reshape(across) for one in (weight, bias)]
    return (_affine(graph, _normed(graph, x, [0, *range(2, len(x.shape))], eps), *parts),)


def softmax(graph: Graph, x: Slot, dim: int, half: bool) -> Slot:
    """Divide exponentials by their sum, away from the largest."""
    away = binary(graph, "sub", x, reduced(graph, "max", x, [dim], True))
    powers = unary(graph, "exp", away)
    return binary(graph, "div", powers, total(graph, powers, [dim], True))
