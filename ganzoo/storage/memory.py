"""Memory that the machine could still give this process."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

_PROCESSES, _GROUPS = Path("/proc"), Path("/sys/fs/cgroup")


def free_memory(processes: Path = _PROCESSES, groups: Path = _GROUPS) -> int | None:
    """Return what the machine and the control groups of this process, such as a container's, still give, in bytes.

    Where there are no such files, as outside of Linux, it is all of the machine's memory; None where nothing tells.
    """
    available = _field(_text(processes / "meminfo"), r"MemAvailable:\s*(\d+) kB", 1024)
    found = [left for left in (available, *_left_in_groups(processes, groups)) if left is not None]
    return max(0, min(found)) if found else _total()


def _left_in_groups(processes: Path, groups: Path) -> Iterator[int | None]:
    """Give what each of the groups leaves, the process's own first; file caches count as free, since they give way."""
    own = re.search(r"^0::/(.*)$", _text(processes / "self" / "cgroup"), re.MULTILINE)
    below = groups / own[1] if own else groups
    folders = [below, *(parent for parent in below.parents if parent.is_relative_to(groups))]
    for folder in folders:
        yield _left(folder, "memory.max", "memory.current", "inactive_file")
    yield _left(groups / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")  # version 1


def _left(folder: Path, limit: str, used: str, cached: str) -> int | None:
    most, taken = _text(folder / limit).strip(), _text(folder / used).strip()
    if not (most.isdecimal() and taken.isdecimal()):  # no such file, or "max"
        return None
    return int(most) - int(taken) + (_field(_text(folder / "memory.stat"), rf"{cached} (\d+)", 1) or 0)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, ValueError):
        return ""


def _field(text: str, pattern: str, unit: int) -> int | None:
    found = re.search(f"^{pattern}$", text, re.MULTILINE)
    return int(found[1]) * unit if found else None


def _total() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf, and other systems not all names
        return None
