"""The private parts of PyTorch that ganzoo uses; no other module names one.

Each stands here for want of a public equal. When a version of PyTorch moves one, this is the file to mend.
"""

import importlib
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm as BatchNorm
from torch.nn.modules.batchnorm import _NormBase as NormWithStatistics
from torch.nn.utils.parametrizations import _SpectralNorm
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

__all__ = [
    "BATCH_NORM_BY_STATISTICS",
    "INDEX_PUTS",
    "MUL_BY_NUMBERS",
    "READ_VALUE",
    "BatchNorm",
    "FoundInf",
    "NormWithStatistics",
    "OperationMode",
    "SpectralNormOfTorch",
    "check_input_dim",
    "foreach_add",
    "foreach_add_",
    "foreach_copy_",
    "foreach_div_",
    "foreach_lerp_",
    "foreach_mul",
    "foreach_mul_",
    "foreach_norm",
    "foreach_sqrt",
    "fused_sgd_",
    "load_compiler",
    "profiler_is_on",
    "storage_id",
    "takes_found_inf",
    "tree_leaves",
    "tree_map",
    "writes_to",
]

# One launch for a list of tensors.
foreach_add = torch._foreach_add
foreach_add_ = torch._foreach_add_
foreach_copy_ = torch._foreach_copy_
foreach_div_ = torch._foreach_div_
foreach_lerp_ = torch._foreach_lerp_
foreach_mul = torch._foreach_mul
foreach_mul_ = torch._foreach_mul_
foreach_norm = torch._foreach_norm
foreach_sqrt = torch._foreach_sqrt
fused_sgd_ = torch._fused_sgd_

# Operator of an exported program that multiplies a list of tensors by a list of numbers.
MUL_BY_NUMBERS: Any = torch.ops.aten._foreach_mul.ScalarList

# Operator of an exported program that normalises by running statistics; it has three results, two of them empty.
BATCH_NORM_BY_STATISTICS: Any = torch.ops.aten._native_batch_norm_legit_no_training.default

# True while a profiler listens to this thread; a look at a flag.
profiler_is_on: Callable[[], bool] = cast(Any, torch.autograd)._profiler_enabled

# Operators of aten that Python code comes to by ``item()`` and by assignment to an index.
READ_VALUE = torch.ops.aten._local_scalar_dense.default
INDEX_PUTS = frozenset(
    {
        torch.ops.aten.index_put.default,
        torch.ops.aten.index_put_.default,
        torch.ops.aten._index_put_impl_.default,
    }
)


class OperationMode(TorchDispatchMode):
    """Sees every operation on tensors while it is entered, those of the backward pass among them."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch gives it no types


class SpectralNormOfTorch(_SpectralNorm):
    """``torch.nn.utils.parametrizations.spectral_norm``'s parametrization; its buffers are ``_u`` and ``_v``."""

    @property
    def u(self) -> Tensor:
        """``(rows,)``, the left singular vector."""
        return self._u

    @property
    def v(self) -> Tensor:
        """``(columns,)``, the right singular vector."""
        return self._v

    def matrix(self, weight: Tensor) -> Tensor:
        """``(rows, columns)``: a weight as the matrix that is normalised."""
        return self._reshape_weight_to_matrix(weight)


class FoundInf:
    """Marks an optimizer that ``GradScaler.step`` sets ``found_inf`` for and then calls, whatever was found.

    Attributes:
        grad_scale: what gradients still have to be divided by; None where they are unscaled.
        found_inf: not 0 where a gradient overflowed.
    """

    _step_supports_amp_scaling = True
    grad_scale: Tensor | None
    found_inf: Tensor


def takes_found_inf(optimizer: torch.optim.Optimizer) -> bool:
    """Return whether an optimizer decides on the device about a step in which a gradient overflowed."""
    return bool(getattr(optimizer, "_step_supports_amp_scaling", False))


def check_input_dim(layer: BatchNorm, x: Tensor) -> None:
    """Raise ValueError where ``x`` has not as many dimensions as the layer normalises."""
    layer._check_input_dim(x)


def writes_to(tensor: Tensor) -> int:
    """Count how often a tensor was written to in place."""
    return tensor._version


def storage_id(tensor: Tensor) -> int:
    """Identify the memory that a tensor is a view of; tensors that share it have the same."""
    return int(tensor.untyped_storage()._cdata)


def load_compiler() -> None:
    """Import what the first optimizer of a process imports, which takes a second or two."""
    importlib.import_module("torch._dynamo")
