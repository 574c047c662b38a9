"""The environment of a process that shall find the pretended CUDA."""

import os
from pathlib import Path

from ...messages import logged_to, to_stderr
from .build import built

MEMORY_MB = 80 * 1024  # an H100 has so much
_FINITE = Path(__file__).parent / "finite"


def _before(value: str, name: str) -> str:
    """``value``, followed by what this process has under the name."""
    return f"{value}:{there}" if (there := os.environ.get(name)) else value


def environment(*, devices: int = 1, finite: bool = False, memory_mb: int = MEMORY_MB) -> dict[str, str]:
    """Variables for a process of this Python in which CUDA is pretended; they come on top of this process's own.

    Args:
        devices: how many GPUs there seem to be.
        memory_mb: mebibytes of each; what does not fit is out of memory.
        finite: what the host reads of floating-point numbers is finite, so that a whole run can be played whose
            numbers mean nothing; see ``finite/``.

    Raises:
        SetupError: CUDA cannot be pretended here; the sentence says what is missing.
    """
    with logged_to(to_stderr):
        libraries = built()
    told = {
        "LD_PRELOAD": ":".join(map(str, libraries)),
        "LD_LIBRARY_PATH": _before(str(libraries[0].parent), "LD_LIBRARY_PATH"),
        "TRITON_LIBCUDA_PATH": str(libraries[0].parent),
        # Seconds for which PyTorch waits at the end for its threads, which sleep then (sources/ending.cpp).
        "TORCH_AUTOGRAD_SHUTDOWN_WAIT_LIMIT": "1",
        "GANZOO_PRETEND_CUDA_DEVICES": str(devices),
        "GANZOO_PRETEND_CUDA_MEMORY_MB": str(memory_mb),
    }
    if finite:
        told["PYTHONPATH"] = _before(str(_FINITE), "PYTHONPATH")
    return told
