"""Imports from clones of NVIDIA's repositories, whose networks and operators then run in double precision."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import torch
from torch.torch_version import TorchVersion

from ..clone import imported_from

# They ask for the version of torch, and for nothing else; `requests` is for downloads.
STUBS = {"pkg_resources": {"parse_version": TorchVersion}}

OPERATORS = tuple(f"torch_utils/ops/{name}.py" for name in ("bias_act", "conv2d_resample", "fma", "upfirdn2d"))


@contextmanager
def in_double(clone: Path) -> Iterator[None]:
    """Import from a clone whose code casts to ``torch.float32``, a name for double precision meanwhile."""
    with imported_from(clone, STUBS), patch.object(torch, "float32", torch.float64):
        yield
