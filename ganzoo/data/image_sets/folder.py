"""Images in a folder."""

import hashlib
import os
import stat
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ...errors import DataError
from ...text import shown
from ..pictures.endings import ending, system_part
from ..pictures.picture import LARGEST_FILE, BadImageError
from .listing import Listing

MOST_FILES = 1_000_000
# Timestamps tick in up to two seconds (FAT, some network shares).
_TICK_NS = 2_000_000_000


def _read(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - tens of thousands of Path objects cost seconds
            return file.read(LARGEST_FILE + 1) or b""
    except OSError as error:
        raise BadImageError(f"cannot be read ({error.strerror or error})") from error


def _refuse(reason: str) -> bytes:
    raise BadImageError(reason)


def list_folder(folder: Path) -> tuple[Listing, str | None]:
    """List the images below a folder; gives them and a fingerprint of their state.

    The fingerprint is taken from names, sizes, inodes and both times of change, so that nothing is read. The inode's
    own time (ctime) cannot be set by a program and moves with every write, rename or replacement, also where the
    modification time is kept (``cp -p``, ``rsync -t``, unpacking). What is left is a second write in the same tick of
    the clock; so there is no fingerprint (None) while the newest file is younger than a tick.

    A link to nothing, a pipe or a device under an image's name is an image that cannot be read; a folder below that
    cannot be entered, or a link to nothing that may have been one, is listed as broken.

    Raises:
        DataError: the folder cannot be read, or it holds too many files.
    """
    return _Walk(folder).listed()


class _Walk:
    """Walk over a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.listing = Listing()
        self.state = hashlib.sha256()
        self.newest, self.files = 0, 0
        self.waiting: list[tuple[str, str]] = []
        self.seen: set[tuple[int, int]] = set()

    def listed(self) -> tuple[Listing, str | None]:
        """See ``list_folder``."""
        now = time.time_ns()
        try:
            self._see(self.folder.stat())
            self.waiting.append((os.fspath(self.folder), ""))
            self._enter(*self.waiting.pop())
        except OSError as error:
            where = shown(error.filename or self.folder)
            raise DataError(
                f"{where} cannot be read ({error.strerror or error}); mend its permissions, or name another with --data"
            ) from error
        while self.waiting:
            path, above = self.waiting.pop()
            try:
                self._enter(path, above)
            except OSError as error:
                self.listing.broken.append(f"{shown(above)} cannot be read ({error.strerror or error})")
        self.state.update(self.listing.digest().encode())
        return self.listing, self.state.hexdigest() if self.newest + _TICK_NS < now else None

    def _see(self, status: os.stat_result) -> bool:
        """Note a folder; False for one that was seen, since links may lead round in a circle."""
        place = (status.st_dev, status.st_ino)
        new = place not in self.seen
        self.seen.add(place)
        return new

    def _enter(self, path: str, above: str) -> None:
        with os.scandir(path) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            name = above + entry.name
            if system_part(entry.name) is not None:
                self.listing.keep_apart(name)
                continue
            try:
                status = entry.stat()
            except OSError as error:
                self._add_unreachable(entry, name, error)
                continue
            if not stat.S_ISDIR(status.st_mode):
                self._add_file(name, status, entry.path)
            elif self._see(status):
                self.waiting.append((entry.path, name + "/"))

    def _count(self) -> None:
        self.files += 1
        if self.files > MOST_FILES:
            raise DataError(
                f"{shown(self.folder)} holds more than {MOST_FILES:,} files; divide it, and name one part with --data"
            )

    def _add_file(self, name: str, status: os.stat_result, path: str) -> None:
        self._count()
        if not self.listing.wanted(name):
            return
        read: Callable[[], bytes] = partial(_read, path)
        if not stat.S_ISREG(status.st_mode):
            read = partial(_refuse, "is no regular file")
        self.listing.add(name, read)
        self.listing.encoded += status.st_size
        self.newest = max(self.newest, status.st_ctime_ns, status.st_mtime_ns)
        fields = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev)
        self.state.update(f"{name!a} {fields}\n".encode())

    def _add_unreachable(self, entry: os.DirEntry[str], name: str, error: OSError) -> None:
        """Add what has no status: as a rule a link to nothing, such as one whose disk is not mounted."""
        self._count()
        reason = f"cannot be read ({error.strerror or error})"
        if isinstance(error, FileNotFoundError) and entry.is_symlink():
            reason = "is a link to nothing"
        if not ending(name):  # what has no ending may have been a folder of images
            self.listing.broken.append(f"{shown(name)} {reason}")
        elif self.listing.wanted(name):
            self.listing.add(name, partial(_refuse, reason))
            self.state.update(f"{name!a} {reason}\n".encode())
