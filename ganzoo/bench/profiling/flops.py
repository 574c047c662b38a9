"""Floating-point operations that are done while a block runs."""

from collections import Counter
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import conv_flop_count, flop_registry

from ...backend.internals import OperationMode


def _convolution_backward(
    grad: Tensor,
    x: Tensor,
    weight: Tensor,
    bias_sizes: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
    output_mask: list[bool],
    *,
    out_val: Any,
) -> int:
    once = conv_flop_count(list(x.shape), list(weight.shape), list(grad.shape), transposed=transposed)
    return once * sum(output_mask[:2])  # w.r.t. the input and the weight


_FORMULAS = {**flop_registry, torch.ops.aten.convolution_backward: _convolution_backward}


class FlopCounter(OperationMode):
    """Counts the floating-point operations of matrix products and convolutions, forward and backward.

    The formulas are those of ``torch.utils.flop_counter``: a multiplication and an addition are two
    operations, and what is neither a product nor a convolution (activations, norms, optimizers) counts nothing. That
    module's own mode also follows the modules, with hooks that break where a gradient is differentiated again; this
    one does not. And it takes the gradient of a grouped convolution's weight for that of an ungrouped one; here each
    of a convolution's gradients takes as many operations as the convolution itself.

    Attributes:
        counts: operations by operator, e.g. ``convolution``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """All operations so far."""
        return sum(self.counts.values())

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        operator = func.overloadpacket
        formula = _FORMULAS.get(operator)
        if formula is None and func is not torch.ops.prim.device.default:
            with self:
                parts = func.decompose(*args, **kwargs)
            if parts is not NotImplemented:
                return parts
        out = func(*args, **kwargs)
        if formula is not None:
            self.counts[operator.__name__] += formula(*args, **kwargs, out_val=out)
        return out
