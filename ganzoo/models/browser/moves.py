"""Operations of torch that only move numbers, found out by running them on indices instead of numbers."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from .graph import Graph, Slot
from .kernels import picked

Move = Callable[[Tensor], Tensor]


def viewed(graph: Graph, x: Slot, move: Move) -> Slot:
    """Add a move whose result is a view of its argument: any that strides and an offset tell of."""
    result = move(torch.arange(x.value.numel(), dtype=torch.float64).view(x.value.shape))
    return strided(graph, x, list(result.shape), list(result.stride()), int(result.storage_offset()))


def strided(graph: Graph, x: Slot, shape: list[int], strides: list[int], offset: int = 0) -> Slot:
    """Add a view of a contiguous value by strides."""
    return graph.emit("strided", [x], shape=shape, strides=strides, offset=offset)


def reshaped(graph: Graph, x: Slot, shape: list[int]) -> Slot:
    """Add another shape of the same numbers."""
    return viewed(graph, x, lambda value: value.reshape(shape))


def moved(graph: Graph, x: Slot, move: Move) -> Slot:
    """Add a move that takes entries along each dimension on its own, or a zero: enlarging, padding, turning over.

    Raises:
        ValueError: it is none of these.
    """
    numbers = torch.arange(1, x.value.numel() + 1, dtype=torch.float64).view(x.value.shape)
    result = move(numbers)
    if result.dim() != numbers.dim():
        raise ValueError("it changes how many dimensions there are")
    inside = result > 0
    at = torch.unravel_index((result.long() - 1).clamp(min=0), numbers.shape)
    lists: list[list[int] | None] = []
    for dim, where in enumerate(at):
        others = [d for d in range(result.dim()) if d != dim]
        line = torch.where(inside, where, -1).amax(others).tolist()
        lists.append(None if line == list(range(numbers.shape[dim])) else line)
    if not torch.equal(picked(numbers, lists), result):
        raise ValueError("it takes numbers along several dimensions at once")
    return graph.emit("pick", [x], lists=lists)


def resampled(graph: Graph, x: Slot, resample: Move) -> Slot:
    """Add sums with fixed weights along height, then along width: bilinear enlarging, average pooling.

    Raises:
        ValueError: it is none of these.
    """
    _, channels, height, width = x.shape
    rows = resample(torch.eye(height)[None, :, :, None].expand(1, height, height, width).contiguous())[0, :, :, 0]
    columns = resample(torch.eye(width)[None, :, None, :].expand(1, width, height, width).contiguous())[0, :, 0, :]
    probe = torch.linspace(-1, 1, channels * height * width).square().view(x.value.shape)
    if not torch.allclose(rows.T @ probe @ columns, resample(probe), atol=1e-5):
        raise ValueError("it is no sum along height and width")
    flat = reshaped(graph, x, [1, channels * height, width])
    wide = graph.emit("matmul", [flat, graph.constant(columns[None])])
    maps = reshaped(graph, wide, [channels, height, columns.shape[1]])
    both = graph.emit("matmul", [graph.constant(rows.T[None]), maps])
    return reshaped(graph, both, [1, channels, rows.shape[1], columns.shape[1]])
