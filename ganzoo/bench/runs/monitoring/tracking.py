"""Trackers of a run: given each row of its record, and switched off when they fail."""

import copy
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ....interfaces import Tracker
from ....recipes.building.build import load_class
from ....registry.guarding.guard import guarded_parts
from ....registry.registry import Registry, describe
from ...results.run_files.spec import RunSpec


def check_trackers(registry: Registry, names: Iterable[str]) -> None:
    """See to it that these can be had, before anything is trained.

    Raises:
        UnknownName: one that nobody registers.
        PluginError: one that cannot be imported, or is no tracker.
        SetupError: one that lacks a package.
    """
    for name in names:
        load_class(registry, "tracker", name)()


def described(spec: RunSpec, folder: Path) -> dict[str, Any]:
    """Describe a run for ``Tracker.begin``, as far as it is known beforehand."""
    settings = spec.model_dump()
    return {
        "name": spec.name,
        "seed": settings.pop("seed"),
        "key": spec.key,
        "folder": folder.resolve(),
        "recipe": settings.pop("recipe"),
        "settings": settings,
    }


class Tracking:
    """Calls the trackers of one run; whatever they do, the run goes on.

    Args:
        names: of the trackers.
        registry: knows them.
        folder: of the run.
        warn: takes a sentence on one that is switched off.
    """

    def __init__(self, names: Iterable[str], registry: Registry, folder: Path, warn: Callable[[str], None]) -> None:
        self.folder, self._warn = folder.resolve(), warn
        self._trackers: dict[str, Tracker] = {}
        self._entries = {entry.name: [entry] for entry in registry.all("tracker")}
        self._evaluation: dict[str, Any] = {}  # the last one, which the pictures of the run's end belong to
        for name in names:
            self._guarded(name, self._make, name, registry)

    def __bool__(self) -> bool:
        """Say whether a tracker is left."""
        return bool(self._trackers)

    def _make(self, name: str, registry: Registry) -> None:
        self._trackers[name] = load_class(registry, "tracker", name)()

    def begin(self, run: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> None:
        """Begin the run, or go on with these rows kept; see ``Tracker.begin``."""
        kept = list(rows)
        self._call("begin", run)
        for row in kept:
            self._row(row, [name for name, tracker in self._trackers.items() if tracker.retold])

    def row(self, row: Mapping[str, Any]) -> None:
        """Pass on a row of the record, whose pictures are written."""
        self._row(row, list(self._trackers))

    def end(self, result: Mapping[str, Any] | None) -> None:
        """End the run with this result, or stop it with none; no tracker is called after that."""
        for picture, place in ((result or {}).get("pictures") or {}).items():
            self._call("picture", picture, self.folder / place, self._evaluation)
        self._call("end", result)
        self._trackers.clear()

    def _row(self, row: Mapping[str, Any], names: list[str]) -> None:
        self._call("row", row, names=names)
        if row["kind"] != "evaluation":
            return
        self._evaluation = dict(row)
        for picture, place in {"samples": row["grid"], **row.get("pictures", {})}.items():
            if place is None:
                continue
            self._call("picture", picture, self.folder / place, row, names=names)

    def _call(self, method: str, *words: Any, names: list[str] | None = None) -> None:
        for name in list(self._trackers) if names is None else names:
            if name in self._trackers:  # it may have been switched off meanwhile
                self._guarded(name, getattr(self._trackers[name], method), *copy.deepcopy(words))

    def _guarded(self, name: str, act: Callable[..., None], *words: Any) -> None:
        try:
            with guarded_parts(self._entries.get(name, ()), "while it is told of a run"):
                act(*words)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a stranger's code may fail in any way, sys.exit() among them
            self._trackers.pop(name, None)
            self._warn(f"tracker {name!r} is switched off for the rest of this run: {describe(error)}")
