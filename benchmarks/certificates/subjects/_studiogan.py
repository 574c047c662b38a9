"""Imports from a clone of StudioGAN."""

import contextlib
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..clone import imported_from

REPOSITORY = "POSTECH-CVLab/PyTorch-StudioGAN"
STUBS = ("utils.style_ops", "utils.style_ops.conv2d_gradfix", "utils.misc")  # compiled operations, and logging


@contextlib.contextmanager
def studiogan(clone: Path) -> Iterator[tuple[Any, Any]]:
    """Give the modules of their losses and of their residual networks."""
    with imported_from(clone / "src", STUBS):
        sys.modules["utils.misc"].dummy_context_mgr = contextlib.nullcontext  # type: ignore[attr-defined]
        yield importlib.import_module("utils.losses"), importlib.import_module("models.resnet")
