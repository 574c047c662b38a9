"""Keeps programs from minding that the numbers of a pretended GPU mean nothing.

What the host reads of the device's floating-point numbers is finite and above zero, and what it reads of booleans is
true. Whole numbers are at least 0 and below 2^31; one that is read by itself, as counts are, is 0. Nothing on the
device counts as not zero where the places of what is not zero are asked for, and linear algebra has always gone well.
PyTorch imports this by itself where its folder is on Python's path, through the entry points ``torch.backends``;
``environment(finite=True)`` puts it there. Nothing of it is for a real GPU.
"""

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

_WHOLE = (torch.int16, torch.int32, torch.int64)
_LIBRARY = torch.library.Library("aten", "IMPL")


def _believable(x: Tensor) -> Tensor:
    """Overwrite a tensor of the host where no sound program would have computed it."""
    if x.dtype == torch.bool:
        x.fill_(True)
    elif x.is_floating_point():
        x.masked_fill_(~x.isfinite() | (x < torch.finfo(x.dtype).tiny), 1)
    elif x.dtype in _WHOLE:
        x.masked_fill_((x < 0) | (x > 2**31 - 1), 0)
    return x


def _original(name: str) -> Callable[..., Any]:
    """Find what PyTorch does for an operation on CUDA, while nobody else answers for it."""
    return torch.library.get_kernel(name, "CUDA").call_boxed


_copy = _original("aten::copy_")


def _copied(keys: Any, to: Tensor, from_: Tensor, non_blocking: bool = False) -> Tensor:
    _copy(keys, to, from_, non_blocking)
    return _believable(to) if to.device.type == "cpu" and from_.is_cuda else to


def _value(x: Tensor) -> Any:
    if x.dtype in _WHOLE:
        return 0
    return _believable(torch.empty((), dtype=x.dtype).copy_(x.reshape(()))).item()


def _places(x: Tensor) -> Tensor:
    return torch.empty((0, x.ndim), dtype=torch.int64, device=x.device)


def _gone_well(info: Tensor, name: str, *, is_matrix: bool) -> None:
    pass


def register() -> None:
    """Answer for the device from now on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that an operation is answered for by somebody else is what is wanted
        _LIBRARY.impl("copy_", _copied, "CUDA", with_keyset=True)
        _LIBRARY.impl("_local_scalar_dense", _value, "CUDA")
        _LIBRARY.impl("nonzero", _places, "CUDA")
        _LIBRARY.impl("_linalg_check_errors", _gone_well, "CUDA")
