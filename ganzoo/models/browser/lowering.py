"""The operations of torch that a browser's graph is made of, each written by its few own ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch

from .arithmetic import Value, average, binary, reduced, slot, total, unary, var
from .graph import Graph, Slot
from .moves import moved, resampled, reshaped, viewed
from .norms import batch_norm, group_norm, layer_norm, own_norm, softmax

Lowering = Callable[..., Any]

_VIEWS = (
    "view.default _unsafe_view.default reshape.default permute.default transpose.int t.default expand.default "
    "slice.Tensor select.int squeeze.default squeeze.dim squeeze.dims unsqueeze.default flatten.using_ints "
    "unfold.default"
)
_SAME = "clone.default alias.default detach.default contiguous.default _to_copy.default lift_fresh_copy.default"
_MOVES = (
    "upsample_nearest2d.vec upsample_nearest2d.default constant_pad_nd.default reflection_pad2d.default "
    "replication_pad2d.default index_select.default index.Tensor flip.default roll.default"
)
_RESAMPLINGS = "upsample_bilinear2d.vec upsample_bilinear2d.default upsample_bicubic2d.vec avg_pool2d.default"
_UNARY = "relu tanh sigmoid exp expm1 log log1p sqrt rsqrt abs neg sin cos reciprocal"
_BINARY = {"mul": "mul", "div": "div", "pow": "pow", "maximum": "max", "minimum": "min"} | {
    name: name for name in ("eq", "ne", "gt", "ge", "lt", "le")
}


def _sum_of(sign: str) -> Lowering:
    def lower(graph: Graph, a: Value, b: Value, *, alpha: float = 1) -> Slot:
        return binary(graph, sign, a, b if alpha == 1 else binary(graph, "mul", b, alpha))

    return lower


def _product(graph: Graph, a: Value, b: Value) -> Slot:
    """Multiply matrices, or batches of them."""
    one, other = slot(graph, a), slot(graph, b)
    if len(one.shape) == 3:
        return graph.emit("matmul", [one, other])
    made = graph.emit("matmul", [reshaped(graph, one, [1, *one.shape]), reshaped(graph, other, [1, *other.shape])])
    return reshaped(graph, made, made.shape[1:])


def _sum_with_product(graph: Graph, to: Value, a: Value, b: Value, *, beta: float = 1, alpha: float = 1) -> Slot:
    made = _product(graph, a, b)
    made = made if alpha == 1 else binary(graph, "mul", made, alpha)
    return binary(graph, "add", made, to if beta == 1 else binary(graph, "mul", to, beta))


def _convolution(
    graph: Graph,
    x: Value,
    weight: Value,
    bias: Any,
    stride: list[int],
    padding: list[int],
    dilation: list[int],
    transposed: bool,
    extra: list[int],
    groups: int,
) -> Slot:
    if len(stride) != 2:
        raise ValueError("it has another number of dimensions than two")
    fields = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    args = [slot(graph, x), slot(graph, weight)]
    made = (
        graph.emit("transposed_conv", args, **fields, extra=extra) if transposed else graph.emit("conv", args, **fields)
    )
    return made if bias is None else binary(graph, "add", made, bias.reshape(1, -1, 1, 1))


def _max_pool(
    graph: Graph, x: Slot, size: list[int], stride: Any = None, padding: Any = (0, 0), *_: Any
) -> tuple[Slot]:
    n, channels, height, width = x.shape
    a, b = size
    if list(stride or size) != [a, b] or any(padding) or height % a or width % b:
        raise ValueError("its windows overlap or leave something over")
    windows = reshaped(graph, x, [n * channels, height // a, a, width // b, b])
    return (reshaped(graph, reduced(graph, "max", windows, [2, 4], False), [n, channels, height // a, width // b]),)


def _split(graph: Graph, x: Slot, sizes: Any, dim: int = 0) -> list[Slot]:
    whole = x.shape[dim]
    sizes = [min(sizes, whole - at) for at in range(0, whole, sizes)] if isinstance(sizes, int) else sizes
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    return [
        viewed(graph, x, partial(torch.narrow, dim=dim, start=at, length=n))
        for at, n in zip(starts, sizes, strict=True)
    ]


def _scattered(
    graph: Graph, base: Value, x: Slot, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Slot:
    """Put a value between zeros."""
    if isinstance(base, Slot) or torch.as_tensor(base).any():
        raise ValueError("what it is put into is not all zeros")
    zeros = torch.as_tensor(base).double()
    return moved(graph, x, lambda v: torch.slice_scatter(zeros, v, dim, start, end, step))


def _joined(graph: Graph, parts: Sequence[Value], dim: int = 0) -> Slot:
    slots = [slot(graph, part) for part in parts]
    return graph.emit("cat", slots, dim=dim % len(slots[0].shape))


def _copied(graph: Graph, base: Value, x: Slot, *_: Any) -> Slot:
    shape = base.shape if isinstance(base, Slot) else torch.as_tensor(base).shape
    return viewed(graph, x, lambda v: v.expand(shape))


def _clamped(graph: Graph, x: Slot, low: Any = None, high: Any = None) -> Slot:
    x = x if low is None else binary(graph, "max", x, low)
    return x if high is None else binary(graph, "min", x, high)


LOWERED: dict[str, Lowering] = {
    "add.Tensor": _sum_of("add"),
    "add.Scalar": _sum_of("add"),
    "sub.Tensor": _sum_of("sub"),
    "sub.Scalar": _sum_of("sub"),
    "leaky_relu.default": lambda g, x, slope=0.01: unary(g, "leaky_relu", x, slope),
    "elu.default": lambda g, x, alpha=1.0: unary(g, "elu", x, alpha),
    "softplus.default": lambda g, x: unary(g, "softplus", x),
    "clamp.default": _clamped,
    "where.self": lambda g, c, a, b: g.emit("where", [slot(g, c), slot(g, a), slot(g, b)]),
    "cat.default": _joined,
    "embedding.default": lambda g, table, y, *_: _rows(g, table, y),
    "mm.default": _product,
    "bmm.default": _product,
    "addmm.default": _sum_with_product,
    "baddbmm.default": _sum_with_product,
    "convolution.default": _convolution,
    "mean.dim": average,
    "mean.default": average,
    "sum.dim_IntList": total,
    "sum.default": total,
    "amax.default": lambda g, x, dims=None, keepdim=False: reduced(g, "max", x, dims, keepdim),
    "var.correction": var,
    "_softmax.default": softmax,
    "native_layer_norm.default": layer_norm,
    "native_group_norm.default": group_norm,
    "_native_batch_norm_legit_no_training.default": batch_norm,
    "_native_batch_norm_legit.no_stats": own_norm,
    "max_pool2d_with_indices.default": _max_pool,
    "split_with_sizes.default": _split,
    "split.Tensor": _split,
    "slice_scatter.default": _scattered,
    "copy.default": _copied,
    **{f"{name}.default": (lambda g, x, name=name: unary(g, name, x)) for name in _UNARY.split()},
    **{
        f"{name}.{form}": (lambda g, a, b, f=f: binary(g, f, a, b))
        for name, f in _BINARY.items()
        for form in ("Tensor", "Scalar", "Tensor_Scalar", "Tensor_Tensor", "default")
    },
    **{name: (lambda g, x, *_, **__: x) for name in _SAME.split()},
}


def _rows(graph: Graph, table: Value, y: Value) -> Slot:
    made = slot(graph, table)
    flat = reshaped(graph, slot(graph, y), [slot(graph, y).value.numel()])
    found = graph.emit("rows", [made, flat])
    return reshaped(graph, found, [*slot(graph, y).shape, made.shape[1]])


def lowered(graph: Graph, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Add one operation of torch to a graph.

    Args:
        graph: that it is added to.
        target: the operation, such as ``torch.ops.aten.relu.default``.
        args: its arguments; those that depend on the inputs are slots.
        kwargs: its named arguments.

    Raises:
        ValueError: there is none like it in a browser's graph.
    """
    name = str(target).removeprefix("aten.")
    if name in LOWERED:
        return LOWERED[name](graph, *args, **kwargs)
    for names, way in ((_VIEWS, viewed), (_MOVES, moved), (_RESAMPLINGS, resampled)):
        if name in names.split():
            return way(graph, args[0], lambda x: target(x, *args[1:], **kwargs))
    raise ValueError("a browser's graph has none like it")
