"""Announcements of plugins: their entries, and all that was wrong, as plain data that a file can hold."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from ...errors import PluginError
from ..registry import Entry
from ..sources.installed import Found

_OF_ENTRIES = ("kind", "name", "summary", "paper", "params", "revision")


@dataclass(frozen=True)
class LoadedPart:
    """The outcome of importing one part.

    Attributes:
        kind: of its entry.
        name: of its entry.
        seconds: that it took.
        problem: why it cannot be imported; empty where it can.
        changes: of the state of the process.
    """

    kind: str
    name: str
    seconds: float
    problem: str = ""
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Announcement:
    """The outcome of looking at a plugin in a process of its own.

    Attributes:
        hooks: names of those that it implements.
        entries: the sound ones.
        problems: a sentence for each thing that is wrong.
        changes: of the state of the process, by its import and its hooks.
        seconds: that both took; None where they never ended.
        printed: the beginning of what it printed.
        files: of the modules that were imported with it.
        parts: the outcomes of the parts whose import was asked for.
        passing: there is no answer for a reason that may be the machine's, such as a lack of memory; it is not kept.
    """

    hooks: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    seconds: float | None = None
    printed: str = ""
    files: tuple[str, ...] = ()
    parts: tuple[LoadedPart, ...] = ()
    passing: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it.

        Raises:
            PluginError: a recipe lies in neither a folder nor a zip archive.
        """
        return {
            **{name: list(getattr(self, name)) for name in ("hooks", "problems", "changes", "files")},
            "seconds": self.seconds,
            "printed": self.printed,
            "entries": [_entry_to_json(entry) for entry in self.entries],
            "parts": [{**vars(part), "changes": list(part.changes)} for part in self.parts],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], found: Found) -> "Announcement":
        """Read it again.

        Raises:
            PluginError, KeyError, TypeError, ValueError: it is not what ``to_json`` gives, or fits the plugin no more.
        """
        hooks, problems, changes, files = (
            tuple(map(_text, data[name])) for name in ("hooks", "problems", "changes", "files")
        )
        seconds = data["seconds"]
        return cls(
            hooks=hooks,
            problems=problems,
            changes=changes,
            files=files,
            entries=tuple(_entry_from_json(entry, found) for entry in data["entries"]),
            seconds=None if seconds is None else float(seconds),
            printed=_text(data["printed"]),
            parts=tuple(_part_from_json(part) for part in data["parts"]),
        )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _part_from_json(part: Mapping[str, Any]) -> LoadedPart:
    kind, name, problem = (_text(part[key]) for key in ("kind", "name", "problem"))
    return LoadedPart(kind, name, float(part["seconds"]), problem, tuple(map(_text, part["changes"])))


def _entry_to_json(entry: Entry) -> dict[str, Any]:
    about = {name: getattr(entry, name) for name in _OF_ENTRIES}
    return {**about, "target": _place(entry, entry.target), "measured": _place(entry, entry.measured)}


def _entry_from_json(data: Mapping[str, Any], found: Found) -> Entry:
    about = {name: data[name] for name in _OF_ENTRIES}
    return Entry(
        **about,
        target=_placed(data["target"]),
        measured=None if data["measured"] is None else _placed(data["measured"]),
        plugin=found.name,
        version=found.version,
        licence=found.licence,
        distribution=found.distribution,
    )


def _place(entry: Entry, target: str | Path | Traversable | None) -> Any:
    """Return a target as JSON can hold it."""
    if target is None or isinstance(target, str):
        return target
    if isinstance(target, Path):
        return {"file": str(target.absolute())}
    if isinstance(target, zipfile.Path):
        return {"archive": str(Path(target.root.filename or "").absolute()), "at": target.at}
    raise PluginError(
        f"{entry.kind} {entry.name!r} lies in a {type(target).__name__}, and must lie in a folder or a zip archive"
    )


def _placed(place: Any) -> Any:
    if isinstance(place, str):
        return place
    if "file" in place:
        return Path(_text(place["file"]))
    return zipfile.Path(_text(place["archive"]), _text(place["at"]))
