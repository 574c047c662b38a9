"""Imports from a clone of StudioGAN."""

import contextlib
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

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
