"""The cache outside the repository: decoded images, reference statistics, downloads."""

import atexit
import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..errors import SetupError
from .atomic import beside, commit_folder, of_the_disk
from .leftovers import DAY, sweep

_log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Name the user's cache: ``$GANZOO_CACHE``, else ``ganzoo`` in ``$XDG_CACHE_HOME`` or ``~/.cache``.

    Raises:
        RuntimeError: there is no home folder.
    """
    if named := os.environ.get("GANZOO_CACHE"):
        return Path(named).expanduser().absolute()
    above = os.environ.get("XDG_CACHE_HOME", "")
    # A relative XDG path is to be ignored, says the XDG specification; it would follow the working folder about.
    return (Path(above) if Path(above).is_absolute() else Path.home() / ".cache") / "ganzoo"


def _remove(folder: str, owner: int) -> None:
    # A forked child that exits in the ordinary way must not take its parent's folder along.
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


class Cache:
    """Folders by kind and key, each committed whole; what is found in it was once written whole.

    Attributes:
        root: where new things are written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._temporary = False
        # A cache that can be read but not written still serves what it holds.
        self._older: Path | None = None

    @classmethod
    def open(cls) -> "Cache":
        """Open the user's cache; where it cannot be written, warn once and take a folder that ends with the process."""
        cache = cls(Path())
        try:
            cache.root = cache_folder()
            cache.root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=cache.root):
                pass
        except (OSError, RuntimeError) as error:
            cache._retreat(error)
        return cache

    def _retreat(self, error: BaseException) -> None:
        try:
            folder = tempfile.mkdtemp(prefix="ganzoo-cache-")
        except OSError as failed:
            raise SetupError(f"neither the cache nor a temporary folder can be written: {failed}") from failed
        atexit.register(_remove, folder, os.getpid())
        reason = getattr(error, "strerror", None) or str(error)
        where = (
            "there is no folder for the cache" if self.root == Path() else f"the cache {self.root} cannot be written"
        )
        _log.warning(
            f"warning: {where} ({reason}); a temporary folder serves instead, and nothing is kept for the next time "
            "(GANZOO_CACHE names another folder)"
        )
        self._older = None if self.root == Path() else self.root
        self.root, self._temporary = Path(folder), True

    def find(self, kind: str, key: str) -> Path | None:
        """Return the folder committed under ``kind`` and ``key``, or None."""
        for root in (self.root, self._older):
            if root is not None and (folder := root / kind / key).is_dir():
                return folder
        return None

    def commit(self, kind: str, key: str, write: Callable[[Path], None]) -> Path:
        """Have ``write`` fill a folder and put it in place in one step; one that is already there is kept.

        What ``write`` raises for another reason than the disk passes through.

        Raises:
            SetupError: neither the cache nor a temporary folder takes it.
        """
        folder = self.root / kind / key
        try:
            commit_folder(folder, write)
        except SetupError as error:
            if self._temporary or not of_the_disk(error.__cause__, self.root):
                raise
            self._retreat(error.__cause__ or error)
            folder = self.root / kind / key
            commit_folder(folder, write)
        return folder

    def sweep(self) -> None:
        """Remove what killed processes had not finished writing, once it is a day old: others may be writing now."""
        try:
            kinds = [path for path in self.root.iterdir() if path.is_dir()]
        except OSError:
            return
        sweep([self.root, *kinds], older_than=DAY)

    def discard(self, kind: str, key: str) -> None:
        """Take away a folder that turned out to be damaged; a read-only one is left, and no longer looked at."""
        folder = self.root / kind / key
        if folder.is_dir():
            try:
                # Renamed first: a reader finds the folder whole or not at all.
                grave = beside(folder)
                folder.rename(grave)
                shutil.rmtree(grave, ignore_errors=True)
            except OSError as error:
                self._retreat(error)
                self._older = None
        elif self._older is not None and (self._older / kind / key).is_dir():
            self._older = None
