"""Removal of what a killed process had not finished writing."""

import re
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

# Names by ``atomic.beside``, and those that checkpoints had before it.
_NAMES = (re.compile(r"\..+\.[0-9a-f]{8}\.part"), re.compile(r"\.step-\d{9,}\.[a-z0-9_]{8}"))
DAY = 86_400.0


def sweep(folders: Iterable[Path], *, older_than: float | None = None) -> list[Path]:
    """Remove half-written files and folders that lie in some folders; whoever calls holds the lock of these.

    Args:
        folders: those that are not there are passed over. Links are not followed.
        older_than: seconds for which nothing in a leftover has changed, where others may be writing just now.

    Returns:
        those that were removed.
    """
    gone = []
    for folder in folders:
        for path in _in(folder):
            if any(name.fullmatch(path.name) for name in _NAMES) and _is_older(path, older_than):
                _remove(path)
                gone.append(path)
    return gone


def _in(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _is_older(path: Path, seconds: float | None) -> bool:
    if seconds is None:
        return True
    try:
        inside = _in(path) if path.is_dir() else []
        changed = max(each.lstat().st_mtime for each in (path, *inside))
    except OSError:  # somebody else removes it
        return False
    return time.time() - changed > seconds


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
