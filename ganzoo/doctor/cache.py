"""The judgement of the cache: where it is, whether it can be written, and how much room it has."""

import tempfile
from collections.abc import Iterator

from ..storage.cache import cache_folder
from ..storage.room import room
from .finding import Finding

_AREA = "cache"
_ELSEWHERE = "GANZOO_CACHE names another folder"
LITTLE = 1_000_000_000  # bytes below which a decoded data set or a network of an extractor may lack room


def cache_state() -> Iterator[Finding]:
    """Write a file that vanishes at once, and ask for the room."""
    try:
        folder = cache_folder()
    except RuntimeError:
        yield Finding(_AREA, "cache", "problem", "there is no home folder, and so no place for the cache", _ELSEWHERE)
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * 4096)
        free = room(folder)
    except OSError as error:
        told = f"{folder} cannot be written ({error.strerror or error}), so that nothing is kept for the next time"
        yield Finding(_AREA, "cache", "problem", told, f"make it writable; {_ELSEWHERE}")
        return
    told = f"{folder}, {free.size / 1e9:,.1f} GB free"
    if free.files == 0:
        yield Finding(_AREA, "cache", "problem", f"{told}, and no inodes", f"remove files; {_ELSEWHERE}")
    elif free.size < LITTLE:
        remedy = f"remove what is no longer used, or the whole folder, which is made anew; {_ELSEWHERE}"
        yield Finding(_AREA, "cache", "note", f"{told}, which is little", remedy)
    else:
        yield Finding(_AREA, "cache", "ok", told)
