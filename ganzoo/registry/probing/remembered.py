"""Announcements of plugins, kept in the cache until something that they depend on changes.

One is good as long as ganzoo, Python, what is installed, the plugin's version and its files are the same: those of its
package, and those of all modules that were imported with it. Whatever cannot be read or written is looked at anew. A
process that ended without an answer may have lacked room on the disk or time: that is good for ten minutes.
"""

import hashlib
import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from ...errors import GanzooError
from ...storage.atomic import write_file
from ...storage.cache import cache_folder
from ...storage.derived import Stamp, stamp_of
from ..hooks.offers import HOOKS
from ..sources.installed import Found, installed_names
from .announcement import Announcement

FORMAT = 2
WITHOUT_ANSWER = 600.0  # seconds that it is kept that there was none
_MOST_FILES = 5_000  # of a package that are looked at


def announcements(
    plugins: Sequence[Found], say: Callable[[str], None] | None = None
) -> tuple[list[Announcement], list[Found]]:
    """Return what each plugin announces, and those that had to be looked at for it; ``say`` hears of these before."""
    around = surroundings() if plugins else ""
    kept = [_kept(found, around) for found in plugins]
    new = [found for found, answer in zip(plugins, kept, strict=True) if answer is None]
    if not new:
        return [answer for answer in kept if answer is not None], []
    from .probe import look_at

    if say is not None:
        say(f"looking at {len(new)} new plugin{'s' * (len(new) != 1)}: {', '.join(found.name for found in new)}")
    before = [stamps_of(found) for found in new]
    looked = look_at(new)
    for found, answer, stamps in zip(new, looked, before, strict=True):
        keep(found, answer, stamps, around)
    rest = iter(looked)
    return [next(rest) if answer is None else answer for answer in kept], new


def tried(found: Found, parts: Sequence[str]) -> Announcement:
    """Return what comes of importing some parts of a plugin, as ``kind name``, in a process of its own."""
    from .probe import look_at

    around = surroundings()
    answer = _kept(found, around, parts)
    if answer is None:
        stamps = stamps_of(found)
        [answer] = look_at([found], parts=parts)
        if answer.seconds is not None:  # without an end, it is tried again: it may have lacked but time
            keep(found, answer, stamps, around, parts)
    return answer


Stamps = dict[str, Stamp | None]
"""Stamps of files by path; None of one that is not there."""


def stamps_of(found: Found) -> Stamps:
    """Return those of a plugin's package, before it is looked at: a file that changes meanwhile is noticed."""
    return {path: stamp_of(path) for path in _package(found)}


def surroundings() -> str:
    """Return a digest of all that an announcement depends on beside the plugin: ganzoo, Python, what is installed."""
    from ... import __version__

    return _digest([FORMAT, __version__, sorted(HOOKS), sys.version, sys.prefix, installed_names()])


def keep(found: Found, answer: Announcement, before: Stamps, around: str, parts: Sequence[str] = ()) -> None:
    """Write an announcement into the cache, or the outcome of importing some parts; not one that is ``passing``.

    Args:
        found: the plugin.
        answer: what came of looking at it.
        before: its stamps from before that.
        around: the ``surroundings`` from before that.
        parts: those that were imported.
    """
    if answer.passing:
        return
    stamps = {path: stamp_of(path) for path in answer.files} | before
    data = {"format": FORMAT, "origin": _origin(found), "stamps": stamps, "time": time.time()}
    with suppress(GanzooError, OSError, RuntimeError):  # then it is looked at the next time, too
        write_file(Path(_path(found, around, parts)), json.dumps({**data, "announcement": answer.to_json()}))


def _kept(found: Found, around: str, parts: Sequence[str] = ()) -> Announcement | None:
    try:
        with open(_path(found, around, parts), "rb") as file:  # noqa: PTH123  # hundreds of times
            data = json.loads(file.read())
        stamps = data["stamps"]
        if data["format"] != FORMAT or data["origin"] != _origin(found) or not set(_package(found)) <= stamps.keys():
            return None
        if any(stamp_of(path) != stamp for path, stamp in stamps.items()):
            return None
        kept = Announcement.from_json(data["announcement"], found)
        # by the clock, which may have been set back; of before it was written down, there is no time
        fresh = kept.seconds is not None or 0 <= time.time() - data.get("time", 0.0) < WITHOUT_ANSWER
        return kept if fresh else None
    except (GanzooError, OSError, RuntimeError, RecursionError, LookupError, TypeError, ValueError, AttributeError):
        return None


def _path(found: Found, around: str, parts: Sequence[str]) -> str:
    about = [value for name, value in vars(found).items() if name != "path"]  # of a plugin file, wherever it lies
    return f"{cache_folder()}/plugins/{_digest([around, about, *parts])}.json"


def _digest(decisive: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(decisive).encode()).hexdigest()


def _spec(found: Found) -> ModuleSpec | None:
    """Return where the package that a plugin's entry point lies in would be imported from; None of a plugin file."""
    if found.source:  # by which it is known already
        return None
    name = found.value.partition(":")[0].strip().partition(".")[0]
    with suppress(Exception):  # a finder of somebody's may fail in any way
        return importlib.util.find_spec(name)
    return None


def _origin(found: Found) -> str | None:
    """Return the file that would be imported; None of a mere folder, which may lie above the package and hide it."""
    spec = _spec(found)
    return None if spec is None else spec.origin


def _package(found: Found) -> Iterator[str]:
    """Give the files of the package, or the one of the module, that a plugin's entry point lies in."""
    spec = _spec(found)
    if spec is None:
        return
    if spec.submodule_search_locations is None:
        if spec.origin:
            yield spec.origin
        return
    left = _MOST_FILES
    for place in spec.submodule_search_locations:
        for folder, below, files in os.walk(place):
            below[:] = sorted(one for one in below if one != "__pycache__" and not one.startswith("."))
            for file in sorted(files):
                if left := left - 1:
                    yield os.path.join(folder, file)  # noqa: PTH118
                else:
                    return
