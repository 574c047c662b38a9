"""Installed distributions that have entry points of ours, with what they say of themselves. Imports none of them.

What the files of a distribution say is kept in the cache by folder of ``sys.path``, until one of these files changes;
the folders are listed each time, so that what was installed or removed is seen at once.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...storage.derived import Derived
from ..registry import CORE, GROUP, describe

if TYPE_CHECKING:
    from importlib.metadata import Distribution

FORMAT = 1
UNKNOWN = "unknown"  # the name of a distribution whose metadata nobody can read
_OURS = (CORE, "ganzoo")  # what a distribution that needs this one may call it
_SAID = ("entry_points.txt", "METADATA", "PKG-INFO")


@dataclass(frozen=True)
class Listed:
    """A distribution that has entry points of ours.

    Attributes:
        name: normalised.
        version: as its metadata has it.
        licence: its name.
        requires: its requirements that are for this distribution.
        points: name and value of each entry point.
        reason: why these cannot be read; empty where they can.
    """

    name: str
    version: str
    licence: str
    requires: tuple[str, ...]
    points: tuple[tuple[str, str], ...]
    reason: str = ""


def listed() -> Iterator[Listed]:
    """Give the distributions on ``sys.path`` that have entry points of ours, the first one of each name."""
    seen = set()
    for one in _all():
        if one.name == UNKNOWN or one.name not in seen:  # else shadowed by the same one earlier on the path
            seen.add(one.name)
            yield one


def normalised(name: str) -> str:
    """Return the name of a distribution in the one form of all its spellings."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _all() -> Iterator[Listed]:
    archives: list[str] = []
    for place in sys.path:
        folder = os.path.abspath(place)  # noqa: PTH100  # of "" the working folder
        try:
            names = os.listdir(folder)  # noqa: PTH208  # a path entry need not be a folder
        except NotADirectoryError:
            archives.append(place)
        except OSError:
            continue
        else:
            if folder.lower().endswith(".egg"):
                archives.append(place)
            yield from _of_folder(
                folder, [name for name in names if name.lower().endswith((".dist-info", ".egg-info"))]
            )
    if archives or any(finder is not PathFinder and _finds(finder) for finder in sys.meta_path):
        from importlib.metadata import distributions

        yield from filter(None, map(_read, distributions(path=archives)))


def _finds(finder: Any) -> bool:
    """Tell whether a finder of modules finds distributions, too."""
    return getattr(finder, "find_distributions", None) is not None


def _of_folder(folder: str, names: Iterable[str]) -> Iterator[Listed]:
    places = [os.path.join(folder, name) for name in names]  # noqa: PTH118  # hundreds of times
    with_points = [place for place in places if os.path.exists(f"{place}/{_SAID[0]}")]  # noqa: PTH110
    if not with_points:
        return
    kept = Derived("distributions", [FORMAT, sys.version, folder])
    for place in with_points:
        row = kept.value(place, _SAID, partial(_row, place))
        if row is not None:
            (name, version, licence), requires, points, reason = row
            yield Listed(name, version, licence, tuple(requires), tuple(map(tuple, points)), reason)
    kept.save()


def _row(place: str) -> list[Any] | None:
    """Return what a distribution says as JSON can hold it."""
    from importlib.metadata import PathDistribution

    one = _read(PathDistribution(Path(place)))
    return None if one is None else [[one.name, one.version, one.licence], one.requires, one.points, one.reason]


def _read(distribution: Distribution) -> Listed | None:
    """Return what a distribution says; None of one that has no entry points of ours."""
    # Not importlib.metadata.entry_points(): it parses the lists of all distributions, and one broken list
    # among them, whoever's it is, would leave us with no plugin at all.
    try:
        text = distribution.read_text(_SAID[0]) or ""
    except (OSError, UnicodeDecodeError):
        return None
    if not re.search(rf"^\s*\[\s*{GROUP}\s*\]", text, re.MULTILINE):
        return None
    about = _about(distribution)
    try:
        points = tuple((point.name, point.value) for point in distribution.entry_points.select(group=GROUP))
    except Exception as error:
        return Listed(*about, points=(), reason=f"its {_SAID[0]} cannot be read: {describe(error)}")
    return Listed(*about, points=points)


def _about(distribution: Distribution) -> tuple[str, str, str, tuple[str, ...]]:
    """Normalised name, version, licence and what it needs of ours, as far as the metadata tells."""
    try:
        metadata: Any = distribution.metadata  # a message of the standard library, of which its type says less
        name, version = metadata.get("Name") or "", metadata.get("Version") or ""
        licence = metadata.get("License-Expression") or _licence(metadata.get("License"))
        if not licence:
            classifiers = [
                c.split(" :: ")[-1] for c in metadata.get_all("Classifier") or [] if c.startswith("License ::")
            ]
            licence = ", ".join(classifiers)
        needed = tuple(str(line) for line in metadata.get_all("Requires-Dist") or [])
    except Exception:
        return UNKNOWN, "", "", ()  # metadata that nobody can read is no reason to drop a plugin that works
    ours = tuple(line for line in needed if normalised(re.split(r"[^\w.-]", line.strip(), maxsplit=1)[0]) in _OURS)
    return normalised(name) or UNKNOWN, version, licence, ours


def _licence(text: str | None) -> str:
    """Return the old field, where it holds a name and not the whole text of a licence."""
    lines = (text or "").strip().splitlines()
    return lines[0] if len(lines) == 1 and len(lines[0]) < 60 else ""
