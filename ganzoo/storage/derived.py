"""Values that small files give, kept in one file of the cache until one of those files changes.

The file holds a digest of itself: one that is damaged, of another form or not there is as good as empty, and all values
are made anew. Imports neither torch nor numpy.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from .atomic import beside
from .cache import cache_folder

Stamp = list[int]
"""Times, size and number of a file, which change with its contents."""


def stamp_of(path: str) -> Stamp | None:
    """Return the stamp of a file or a folder; None of one that is not there."""
    try:
        seen = os.stat(path)  # noqa: PTH116  # thousands of times
    except (OSError, ValueError):  # the latter of a null character
        return None
    return [seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino]


class Derived:
    """Values by key, each with the stamps of the files that it was made of.

    Args:
        kind: folder of the cache.
        about: all else that the values depend on, as JSON can hold it; there is a file for each.
    """

    def __init__(self, kind: str, about: Sequence[Any]) -> None:
        digest = hashlib.sha256(json.dumps(about).encode()).hexdigest()
        self._place = f"{kind}/{digest}.json"
        self._held = self._read()
        self._new = False

    def value(self, place: str, parts: Sequence[str], make: Callable[[], Any]) -> Any:
        """Return the value of a file or a folder: the one that is kept if nothing has changed, else a new one.

        Args:
            place: absolute path.
            parts: names of the files of a folder that the value depends on, whether they are there or not; none of a
                file.
            make: gives the value, as JSON can hold it.
        """
        # Stamps are of before the files are read, so that a later change is noticed.
        stamps = [stamp_of(f"{place}/{part}") for part in parts] or [stamp_of(place)]
        kept = self._held.get(place)
        if kept is None or kept[0] != stamps:
            kept, self._new = [stamps, make()], True
            self._held[place] = kept
        return kept[1]

    def save(self) -> None:
        """Write the values down if one is new, without those of what is gone; a cache that takes none is left."""
        if not self._new:
            return
        self._new = False
        body = json.dumps({place: kept for place, kept in self._held.items() if stamp_of(place) is not None})
        with suppress(OSError, RuntimeError):
            path = cache_folder() / self._place
            path.parent.mkdir(parents=True, exist_ok=True)
            part = beside(path)
            try:  # not flushed to the disk, which takes longer than all values: the digest tells what did not arrive
                part.write_text(f"{_digest(body)}\n{body}", encoding="utf-8")
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)

    def _read(self) -> dict[str, list[Any]]:
        try:
            digest, _, body = (cache_folder() / self._place).read_text(encoding="utf-8").partition("\n")
        except (OSError, RuntimeError, ValueError):
            return {}
        held: dict[str, list[Any]] = json.loads(body) if digest == _digest(body) else {}
        return held


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()
