"""Torch's settings of how float32 products are rounded, of which there are two sets that have to agree.

The older one is a matrix product's precision in one word and a switch for cuDNN; ``allow_tf32`` of matrix products is
another face of the former. The newer one, since torch 2.9, has a precision for each library and operation. Whoever sets
one of the newer alone makes torch refuse to tell the older: "mix of the legacy and new APIs". A third party's code may
read either, and so both are set, and both are put back.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal

import torch

Mode = Literal["tf32", "ieee"]


@cache
def _places() -> tuple[list[Any], list[Any]]:
    """Return what holds a newer setting, on a GPU and on a CPU; nothing where torch has only the older ones."""
    if getattr(torch.backends.cudnn, "conv", None) is None:
        return [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some versions with both warn, once, of the older
        torch.get_float32_matmul_precision()
    backends: Any = torch.backends  # whose newer settings have no types
    on_gpu = [backends.cuda.matmul, backends.cudnn.conv, backends.cudnn.rnn]
    return on_gpu, [backends.mkldnn.matmul, backends.mkldnn.conv]


def _older() -> tuple[str, bool]:
    """Return the older settings as they are kept, whether or not torch would tell them as things stand; moves the
    newer.
    """
    try:
        return torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    except RuntimeError:  # the newer ones say otherwise
        pass
    on_gpu, on_cpu = _places()
    for place in on_gpu + on_cpu:
        place.fp32_precision = "ieee"  # with which any word agrees
    word = torch.get_float32_matmul_precision()
    try:
        return word, torch.backends.cudnn.allow_tf32
    except RuntimeError:
        return word, True  # and this alone does not


def _set(word: str, cudnn: bool) -> None:
    torch.set_float32_matmul_precision(word)
    torch.backends.cudnn.allow_tf32 = cudnn


@contextmanager
def products(mode: Mode) -> Iterator[None]:
    """While the block runs, float32 products on a GPU are rounded to TF32 or not at all, and on a CPU not at all.

    Inside of it, and behind it as before it, torch tells both sets of settings.
    """
    on_gpu, on_cpu = _places()
    newer = [(place, place.fp32_precision) for place in on_gpu + on_cpu]
    older = _older()
    try:
        _set("high" if mode == "tf32" else "highest", mode == "tf32")
        for place in on_gpu:
            place.fp32_precision = mode
        for place in on_cpu:
            place.fp32_precision = "ieee"
        yield
    finally:
        _set(*older)
        for place, precision in newer:
            place.fp32_precision = "none"  # so that what was inherited stays so
            if place.fp32_precision != precision:
                place.fp32_precision = precision
