"""Lack of memory, of a GPU or of the machine."""

import re
from collections.abc import Iterator
from pathlib import Path

import torch

# Neither torch's allocator of host memory nor CUDA's libraries have an error of their own for it.
_WORDS = ("DefaultCPUAllocator", "can't allocate memory", "out of memory", "ALLOC_FAILED")
_VMSTAT = Path("/proc/vmstat")


def of_memory(error: BaseException) -> bool:
    """Return whether an error, or one that it was raised from, says that memory was lacking."""
    return any(
        isinstance(one, torch.OutOfMemoryError | MemoryError)
        or (isinstance(one, RuntimeError) and any(word in str(one) for word in _WORDS))
        for one in _causes(error)
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def processes_killed_for_memory() -> int | None:
    """Return how many processes the system has ended for want of memory since it began; None where it does not tell."""
    try:
        found = re.search(r"^oom_kill (\d+)$", _VMSTAT.read_text(), re.MULTILINE)
    except OSError:
        return None
    return int(found.group(1)) if found else None
