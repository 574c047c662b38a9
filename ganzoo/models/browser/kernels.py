"""The operations of a browser's graph, as torch computes them; ``page/network.js`` has the same in JavaScript.

Each takes contiguous tensors and the operation's own fields. Labels and truth values are numbers like all others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

UNARY: dict[str, Callable[..., Tensor]] = {
    "relu": torch.relu,
    "leaky_relu": lambda x, slope: torch.where(x > 0, x, x * slope),
    "elu": lambda x, alpha: torch.where(x > 0, x, alpha * torch.expm1(x)),
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": lambda x: functional.softplus(x),
    "exp": torch.exp,
    "expm1": torch.expm1,
    "log": torch.log,
    "log1p": torch.log1p,
    "sqrt": torch.sqrt,
    "rsqrt": torch.rsqrt,
    "abs": torch.abs,
    "neg": torch.neg,
    "sin": torch.sin,
    "cos": torch.cos,
    "reciprocal": torch.reciprocal,
}
BINARY: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "pow": torch.pow,
    "max": torch.maximum,
    "min": torch.minimum,
    "eq": lambda a, b: (a == b).float(),
    "ne": lambda a, b: (a != b).float(),
    "gt": lambda a, b: (a > b).float(),
    "ge": lambda a, b: (a >= b).float(),
    "lt": lambda a, b: (a < b).float(),
    "le": lambda a, b: (a <= b).float(),
}


def picked(x: Tensor, lists: list[list[int] | None]) -> Tensor:
    """Take entries along each dimension by their indices: None for all, -1 for a zero."""
    for dim, indices in enumerate(lists):
        if indices is not None:
            index = torch.tensor(indices)
            inside = (index >= 0).to(x.dtype).view([-1 if d == dim else 1 for d in range(x.dim())])
            x = x.index_select(dim, index.clamp(min=0)) * inside
    return x


def _convolved(x: Tensor, w: Tensor, op: Mapping[str, Any]) -> Tensor:
    return functional.conv2d(x, w, None, op["stride"], op["padding"], op["dilation"], op["groups"])


def _transposed(x: Tensor, w: Tensor, op: Mapping[str, Any]) -> Tensor:
    return functional.conv_transpose2d(
        x, w, None, op["stride"], op["padding"], op["extra"], op["groups"], op["dilation"]
    )


def _strided(x: Tensor, op: Mapping[str, Any]) -> Tensor:
    return x.as_strided(op["shape"], op["strides"], x.storage_offset() + op["offset"])


def _reduced(x: Tensor, op: Mapping[str, Any]) -> Tensor:
    return x.sum(op["dims"], keepdim=True) if op["f"] == "sum" else x.amax(op["dims"], keepdim=True)


KERNELS: dict[str, Callable[[list[Tensor], Mapping[str, Any]], Tensor]] = {
    "unary": lambda args, op: UNARY[op["f"]](args[0], *op.get("with", [])),
    "binary": lambda args, op: BINARY[op["f"]](args[0], args[1]),
    "where": lambda args, op: torch.where(args[0] != 0, args[1], args[2]),
    "strided": lambda args, op: _strided(args[0].contiguous(), op),
    "pick": lambda args, op: picked(args[0], op["lists"]),
    "cat": lambda args, op: torch.cat(args, op["dim"]),
    "reduce": lambda args, op: _reduced(args[0], op),
    "matmul": lambda args, op: torch.matmul(args[0], args[1]),  # (b or 1, n, k) by (b or 1, k, m)
    "rows": lambda args, op: args[0][args[1].long()],  # of a table (K, D), by labels
    "conv": lambda args, op: _convolved(args[0], args[1], op),
    "transposed_conv": lambda args, op: _transposed(args[0], args[1], op),
}


def computed(op: Mapping[str, Any], args: list[Tensor]) -> Tensor:
    """Compute one operation of a graph, as a contiguous tensor."""
    return KERNELS[op["op"]](args, op).contiguous()
