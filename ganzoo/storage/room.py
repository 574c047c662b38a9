"""Room on a disk: free bytes and inodes, and what is said of a file that does not fit."""

import errno
import os
import shutil
from pathlib import Path
from typing import NamedTuple

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


class Room(NamedTuple):
    """The free room of a file system: ``size`` in bytes; ``files``, its inodes, None where it does not count them."""

    size: int
    files: int | None


def room(path: Path) -> Room:
    """Return what is free where ``path`` is, or is to be made, for a user who is not root.

    Raises:
        OSError: the system does not tell.
    """
    there = path.absolute()
    while not there.exists():
        there = there.parent
    files = None
    if (ask := getattr(os, "statvfs", None)) is not None:  # not on Windows
        found = ask(there)
        files = found.f_favail if found.f_files else None
    return Room(shutil.disk_usage(there).free, files)


def is_full(error: BaseException | None) -> bool:
    """Return whether an error says that a disk, or a user's share of it, is full."""
    return isinstance(error, OSError) and error.errno in _FULL


def cannot_write(path: Path, error: OSError, needed: int | None = None) -> str:
    """Say why a file or a folder could not be written; where the disk is full, with what is needed and what is free.

    Args:
        path: of what was to be written.
        error: of the system.
        needed: its size in bytes, where that is known.
    """
    said = f"cannot write {path}: {error.strerror or error}"
    if not is_full(error):
        return said
    try:
        free = room(path)
    except OSError:
        return said
    if free.files == 0:
        return f"{said}: 0 inodes are free there; remove files, or write elsewhere"
    needs = f"{needed:,} bytes are needed and " if needed else ""
    return f"{said}: {needs}{free.size:,} bytes are free there; remove files, or write elsewhere"
