"""Names to things: what each plugin offers, and where to import it from when it is first used."""

import importlib
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from ..errors import PluginError, UnknownName, suggest
from .fixed import fix, is_data

PLURALS = {
    "generator": "generators",
    "discriminator": "discriminators",
    "loss": "losses",
    "regularizer": "regularizers",
    "recipe": "recipes",
    "dataset": "datasets",
    "extractor": "extractors",
    "metric": "metrics",
    "tracker": "trackers",
    "executor": "executors",
}
KINDS = tuple(PLURALS)
# Kinds with revisions. A recipe is known by its keys and a dataset by its contents; no number depends on the others.
REVISED = ("generator", "discriminator", "loss", "regularizer", "extractor", "metric")

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TARGET = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


def describe(error: BaseException) -> str:
    """Return an exception in one line: its type and what it says."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = ""  # a stranger's exception may fail to print itself
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


@dataclass(frozen=True)
class Entry:
    """One registered name.

    Attributes:
        kind: one of ``KINDS``.
        name: lower-case words joined by ``-``, the paper's own name.
        target: ``"module:Class"``, imported on first use; of a recipe, the path of its YAML file.
        plugin: name of the plugin that registers it.
        version: that plugin's.
        licence: that plugin's.
        summary: one line.
        paper: where it was published, such as ``arXiv:1704.00028``.
        measured: of a recipe, the JSON file of numbers measured with it; None for none.
        params: parameters that the class is built with and that nobody else can give: see :func:`fixed.fix`.
        revision: of what it computes; above 1 where that changed under this name.
    """

    kind: str
    name: str
    target: str | Path | Traversable
    plugin: str
    version: str = ""
    licence: str = ""
    summary: str = ""
    paper: str = ""
    measured: Path | Traversable | None = None
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)
    revision: int = 1

    def __post_init__(self) -> None:
        """Refuse an entry that could never be used.

        Raises:
            PluginError: the name, the target or a text is not what it must be.
        """
        if not (isinstance(self.name, str) and _NAME.fullmatch(self.name)):
            raise PluginError(f"{self.kind} name {self.name!r} is not lower-case words joined by '-'")
        what = f"{self.kind} {self.name!r}"
        if self.kind == "recipe":
            if not isinstance(self.target, Traversable):
                raise PluginError(f"{what}: the target {self.target!r} is not the path of a YAML file")
            if not self.target.is_file():
                raise PluginError(f"{what}: there is no file {self.target.name!r} where it points")
            if self.measured is not None and not isinstance(self.measured, Traversable):
                raise PluginError(f"{what}: measured is {self.measured!r}, and must be the path of a JSON file")
        elif self.measured is not None:
            raise PluginError(f"{what}: numbers are measured of recipes, and this is none")
        elif not (isinstance(self.target, str) and _TARGET.fullmatch(self.target)):
            raise PluginError(f"{what}: the target {self.target!r} is not of the form 'module:Class'")
        if not (isinstance(self.summary, str) and isinstance(self.paper, str)):
            raise PluginError(f"{what}: summary and paper must be text")
        if not (isinstance(self.params, dict) and is_data(self.params)):
            raise PluginError(f"{what}: params is {self.params!r}, and must map names to numbers, text or lists")
        if self.params and self.kind == "recipe":
            raise PluginError(f"{what}: a recipe is a file, and no parameters of it can be fixed")
        if type(self.revision) is not int or self.revision < 1:
            raise PluginError(f"{what}: revision is {self.revision!r}, and must be a whole number from 1 on")
        if self.revision > 1 and self.kind not in REVISED:
            raise PluginError(f"{what}: no {self.kind} has revisions; they are of what numbers depend on by name alone")

    @property
    def file(self) -> Path | Traversable:
        """The YAML file of a recipe.

        Raises:
            PluginError: it is no recipe.
        """
        if isinstance(self.target, str):
            raise PluginError(f"{self.kind} {self.name!r} is a class, not a file")
        return self.target

    def load(self) -> type[Any]:
        """Import the class, and fix the entry's ``params``. What its module prints meanwhile goes to stderr.

        Raises:
            PluginError: it cannot be imported, does not take a fixed parameter, or is a recipe, which
                ``recipe.load_recipe`` reads.
        """
        if not isinstance(self.target, str):
            raise PluginError(f"recipe {self.name!r} is a file, not a class")
        module, _, attribute = self.target.partition(":")
        try:
            with redirect_stdout(sys.stderr):
                cls: type[Any] = getattr(importlib.import_module(module), attribute)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a module may fail in any way, sys.exit() among them
            raise PluginError(
                f"{self.kind} {self.name!r} of plugin {self.plugin!r}: cannot import {self.target}: {describe(error)}"
            ) from error
        return self._fixed(cls) if self.params else cls

    def _fixed(self, cls: type) -> type:
        what = f"{self.kind} {self.name!r} of plugin {self.plugin!r}"
        if not isinstance(cls, type):
            raise PluginError(f"{what} fixes parameters of {self.target}, which is no class")
        try:
            return fix(cls, self.params)
        except Exception as error:  # a stranger's __init_subclass__ may fail in any way
            raise PluginError(f"{what} fixes {dict(self.params)}, which does not work: {describe(error)}") from error


class Registry:
    """Every entry of every plugin that loaded, by kind and name; and what failed plugins would have added."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], Entry] = {}
        self._withheld: dict[tuple[str, str], str] = {}
        self._failed: list[str] = []

    def add(self, entries: Sequence[Entry]) -> None:
        """Add all that one plugin provides, or nothing.

        Raises:
            PluginError: a name is taken; the message names both plugins.
        """
        new: dict[tuple[str, str], Entry] = {}
        for entry in entries:
            key = entry.kind, entry.name
            if key in new:
                raise PluginError(f"plugin {entry.plugin!r} registers {entry.kind} {entry.name!r} twice")
            if other := self._entries.get(key):
                raise PluginError(
                    f"plugin {entry.plugin!r} registers {entry.kind} {entry.name!r}, "
                    f"which plugin {other.plugin!r} already provides"
                )
            new[key] = entry
        self._entries |= new

    def withhold(self, plugin: str, reason: str, names: Iterable[tuple[str, str]] = ()) -> None:
        """Remember a failed plugin, and the (kind, name) pairs it would have provided, so that errors can say so."""
        self._failed.append(plugin)
        for key in names:
            self._withheld.setdefault(key, f"plugin {plugin!r} provides it, but is left out: {reason}")

    def all(self, kind: str) -> list[Entry]:
        """Return the entries of a kind, by name."""
        return sorted((e for e in self._entries.values() if e.kind == kind), key=lambda e: e.name)

    def get(self, kind: str, name: str) -> Entry:
        """Look a name up.

        Raises:
            PluginError: it belongs to a plugin that failed; the message says why it did.
            UnknownName: nobody registers it; the message says what was probably meant.
        """
        if found := self._entries.get((kind, name)):
            return found
        if reason := self._withheld.get((kind, name)):
            raise PluginError(f"no {kind} named {name!r}: {reason}")
        raise self._unknown(f"no {kind} named {name!r}", name, [entry.name for entry in self.all(kind)])

    def find(self, name: str) -> list[Entry]:
        """Return the entries of this name, of whatever kind; at least one.

        Raises:
            PluginError: it belongs to a plugin that failed; the message says why it did.
            UnknownName: nobody registers it; the message says what was probably meant.
        """
        if found := [self._entries[kind, name] for kind in KINDS if (kind, name) in self._entries]:
            return found
        for kind in KINDS:
            if reason := self._withheld.get((kind, name)):
                raise PluginError(f"no {kind} named {name!r}: {reason}")
        raise self._unknown(f"nothing named {name!r}", name, sorted({known for _, known in self._entries}))

    def _unknown(self, message: str, name: str, known: Sequence[str]) -> UnknownName:
        message = f"{message}; {suggest(name, known)}"
        if self._failed:
            message += f" (plugins that failed, see 'ganzoo plugins': {', '.join(self._failed)})"
        return UnknownName(message)
