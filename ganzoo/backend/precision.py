"""In what precision a run computes.

``fp32``: float32 all through. ``tf32``: float32, but matrix products and convolutions on a CUDA GPU round
their factors to TF32. ``bf16`` and ``fp16``: the networks run under autocast, all else is float32;
with ``fp16`` the losses are scaled.
"""

from contextlib import AbstractContextManager

import torch

from ..errors import GanzooError, SetupError
from . import tf32

PRECISIONS = ("fp32", "tf32", "bf16", "fp16")
LOW = {"bf16": torch.bfloat16, "fp16": torch.float16}


def resolve_precision(wish: str, device: str) -> str:
    """Return what ``auto`` or one of ``PRECISIONS`` means on a device: ``auto`` is tf32 on CUDA and fp32 elsewhere.

    Raises:
        GanzooError: there is no such precision.
        SetupError: this device has none of it.
    """
    cuda = device.startswith("cuda")
    if wish == "auto":
        return "tf32" if cuda else "fp32"
    if wish not in PRECISIONS:
        raise GanzooError(f"no precision {wish!r}; there are: auto, {', '.join(PRECISIONS)}")
    if wish == "tf32" and not cuda:
        raise SetupError(f"--precision tf32 is a mode of CUDA GPUs, and this run is on {device}; use fp32 or bf16")
    seen = torch.cuda.is_available()  # a bench of runs on other machines may have no GPU of its own
    if wish == "bf16" and cuda and seen and not torch.cuda.is_bf16_supported(including_emulation=False):
        raise SetupError(f"--precision bf16 is not to be had on {torch.cuda.get_device_name(device)}; use tf32 or fp16")
    return wish


def products_in(precision: str) -> AbstractContextManager[None]:
    """While the block runs, matrix products and convolutions of float32 tensors are in TF32, or in full float32."""
    return tf32.products("tf32" if precision == "tf32" else "ieee")


def without_tf32() -> AbstractContextManager[None]:
    """Matrix products and convolutions in full float32, on a GPU too, where torch rounds some of them to TF32."""
    return tf32.products("ieee")
