"""Images in a folder."""

import hashlib
import os
import stat
import time
from functools import partial
from pathlib import Path

from ..errors import DataError
from ..text import shown
from .decode import ENDINGS, LARGEST_FILE, BadImageError, Member

MOST_FILES = 1_000_000
# Timestamps tick in up to two seconds (FAT, some network shares).
_TICK_NS = 2_000_000_000


def is_image(name: str) -> bool:
    """Say whether a relative name is an image's, and not one of the hidden files that desktops leave behind."""
    parts = name.split("/")
    return name.lower().endswith(ENDINGS) and not any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - tens of thousands of Path objects cost seconds
            return file.read(LARGEST_FILE + 1) or b""
    except OSError as error:
        raise BadImageError(f"cannot be read ({error.strerror or error})") from error


def list_folder(folder: Path) -> tuple[list[Member], str | None]:
    """List the images below a folder; gives them and a fingerprint of their state.

    The fingerprint is taken from names, sizes, inodes and both times of change, so that nothing is read. The inode's
    own time (ctime) cannot be set by a program and moves with every write, rename or replacement, also where the
    modification time is kept (``cp -p``, ``rsync -t``, unpacking). What is left is a second write in the same tick of
    the clock; so there is no fingerprint (None) while the newest file is younger than a tick.

    Raises:
        DataError: a name is no regular file, the folder cannot be read, or it holds too many files.
    """
    members: list[Member] = []
    state = hashlib.sha256()
    newest, files = 0, 0
    now = time.time_ns()
    try:
        top = folder.stat()
        seen = {(top.st_dev, top.st_ino)}
        waiting = [(os.fspath(folder), "")]
        while waiting:
            path, above = waiting.pop()
            with os.scandir(path) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
            for entry in found:
                if entry.name.startswith("."):
                    continue
                name = above + entry.name
                if entry.is_dir():
                    status = entry.stat()
                    # Links may lead round in a circle; each folder is entered once.
                    if (status.st_dev, status.st_ino) not in seen:
                        seen.add((status.st_dev, status.st_ino))
                        waiting.append((entry.path, name + "/"))
                    continue
                files += 1
                if files > MOST_FILES:
                    raise DataError(f"{shown(folder)} holds more than {MOST_FILES:,} files")
                if not is_image(name):
                    continue
                if not entry.is_file() or not stat.S_ISREG((status := entry.stat()).st_mode):
                    raise DataError(f"{shown(folder)}: {shown(name)} is no regular file")
                members.append(Member(name, partial(_read, entry.path)))
                newest = max(newest, status.st_ctime_ns, status.st_mtime_ns)
                fields = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev)
                state.update(f"{name!a} {fields}\n".encode())
    except OSError as error:
        raise DataError(f"{shown(error.filename or folder)} cannot be read ({error.strerror or error})") from error
    return members, state.hexdigest() if newest + _TICK_NS < now else None
