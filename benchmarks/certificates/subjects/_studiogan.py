"""Imports from a clone of StudioGAN, and gradients of its terms."""

import contextlib
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..clone import imported_from

REPOSITORY = "POSTECH-CVLab/PyTorch-StudioGAN"
# Operations that are compiled, and logging.
STUBS: Mapping[str, Mapping[str, Any]] = {
    "utils.style_ops": {},
    "utils.style_ops.conv2d_gradfix": {},
    "utils.misc": {"dummy_context_mgr": contextlib.nullcontext},
}


@contextlib.contextmanager
def studiogan(clone: Path) -> Iterator[tuple[Any, Any]]:
    """Give the modules of their losses and of their residual networks."""
    with imported_from(clone / "src", STUBS):
        yield importlib.import_module("utils.losses"), importlib.import_module("models.resnet")


def graded(name: str, value: Tensor, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give a value and the gradients of its sum, without those that are none."""
    found = torch.autograd.grad(value.sum(), list(inputs.values()), allow_unused=True)
    named = zip(inputs, found, strict=True)
    return {name: value, **{f"d {key}, {name}": it for key, it in named if it is not None}}
