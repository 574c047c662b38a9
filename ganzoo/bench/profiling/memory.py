"""Memory: the peak of a piece of work, and the size of the device's."""

import re
from pathlib import Path

import torch

from ...storage import memory

_SELF = Path("/proc/self")


def forget_peak(device: torch.device) -> None:
    """Let ``peak_memory`` begin anew: on CUDA, and on Linux for the process."""
    if device.type == "cuda":
        torch.cuda.init()  # before it there are none to reset
        torch.cuda.reset_peak_memory_stats(device)
        return
    try:
        (_SELF / "clear_refs").write_text("5")
    except OSError:
        return


def peak_memory(device: torch.device) -> float | None:
    """Of the GPU where there is one, else of this process, since ``forget_peak``; in MB (10^6 bytes).

    None where the system does not tell.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e6
    return _kilobytes(_SELF / "status", "VmHWM")


def resident_memory() -> float | None:
    """Return what this process holds now, in MB; None where the system does not tell."""
    return _kilobytes(_SELF / "status", "VmRSS")


def free_memory() -> float | None:
    """Return what the machine could still give this process, in MB; None where the system does not tell."""
    free = memory.free_memory()
    return None if free is None else free / 1e6


def _kilobytes(path: Path, field: str) -> float | None:
    try:
        found = re.search(rf"^{field}:\s*(\d+) kB$", path.read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found.group(1)) * 1024 / 1e6 if found else None
