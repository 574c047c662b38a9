"""Names to things: what each plugin offers, and where to import it from when it is first used."""

import importlib
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import PluginError, UnknownName, suggest
from ..text import cut, listed, shown
from .fixed import fix, is_data

if TYPE_CHECKING:
    from .sources.installed import Found

GROUP = "ganzoo"

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
    "modality": "modalities",
}
KINDS = tuple(PLURALS)
CORE = "ganzoo-core"  # the distribution of the bundled plugins
# Kinds with revisions. A recipe is known by its keys and a dataset by its contents; no number depends on the others.
REVISED = ("generator", "discriminator", "loss", "regularizer", "extractor", "metric")
FROM_DATA = ("image_size", "channels", "num_classes")  # parameters of players that the data give, and no recipe

YOUR_OWN = " (for one of your own: --plugin FILE, or install its package)"
YOUR_OWN_RECIPE = " (for one of your own: name its file, as in ./my-gan.yaml)"
MOST_NAME = 160  # characters of a name, which becomes part of a file's
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NAMED = re.compile(r"[\w.-]+:[^\W\d]\w*")  # a class that nobody registers, ``module:Class`` or ``file.py:Class``
_TARGET = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


def kind_called(word: str) -> str | None:
    """Return the kind that a word names in the singular or the plural; None for a word that names none."""
    return {**{plural: kind for kind, plural in PLURALS.items()}, **{kind: kind for kind in KINDS}}.get(word)


def is_name(name: str) -> bool:
    """Tell whether a text can be the name of a part: lower-case words joined by ``-``."""
    return _NAME.fullmatch(name) is not None


def describe(error: BaseException) -> str:
    """Return an exception in one line: its type and what it says, as far as a part of a screen holds it."""
    try:
        text = cut(" ".join(str(error).split()))
    except BaseException:
        text = ""  # a stranger's exception may fail to print itself
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def named_nobody(kind: str, name: str) -> str:
    """Return the beginning of every error about a name that nobody registers: ``no loss named 'ragan'``."""
    return f"no {kind} named {name!r}"


def titled(plugin: str, distribution: str, version: str) -> str:
    """Return a plugin and where it comes from, as a message has it: ``plugin 'ragan' (ganzoo-ragan 1.2)``.

    A plugin that is one file has no other origin than its name.
    """
    origin = f"{distribution} {version}".rstrip() if distribution else ""
    return f"plugin {plugin!r}" + (f" ({origin})" if origin not in ("", plugin) else "")


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
        distribution: the installed package that the plugin comes from; empty where none has it.
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
    distribution: str = ""

    def __post_init__(self) -> None:
        """Refuse an entry that could never be used.

        Raises:
            PluginError: the name, the target or a text is not what it must be.
        """
        if isinstance(self.name, str) and len(self.name) > MOST_NAME:
            raise PluginError(f"{self.kind} name {shown(self.name)} is longer than {MOST_NAME} characters")
        if not (isinstance(self.name, str) and (_NAME.fullmatch(self.name) or self._is_place())):
            raise PluginError(f"{self.kind} name {self.name!r} is not lower-case words joined by '-'")
        what = f"{self.kind} {self.name!r}"
        if self.kind == "recipe":
            if not isinstance(self.target, Traversable):
                raise PluginError(f"{what}: the target {self.target!r} is not the path of a YAML file")
            if not self.target.is_file():
                raise PluginError(
                    f"{what}: there is no file {self.target}; a package lists its YAML files as package data"
                )
            if self.measured is not None and not isinstance(self.measured, Traversable):
                raise PluginError(f"{what}: measured is {self.measured!r}, and must be a Path, as the recipe's is")
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

    def _is_place(self) -> bool:
        """Tell whether the name is the place of the class, which nobody registers."""
        module = str(self.target).partition(":")[0]
        return _NAMED.fullmatch(self.name) is not None and self.name.partition(":")[0] in (module, self.plugin)

    @property
    def foreign(self) -> bool:
        """True of what comes from a third party."""
        return self.distribution not in ("", CORE)

    @property
    def registered_by_others(self) -> bool:
        """True of what a third party's plugin registers; not of a class that is named by its place."""
        return self.foreign and ":" not in self.name

    @property
    def bundled(self) -> bool:
        """True of what comes with ganzoo itself."""
        return self.distribution == CORE

    @property
    def origin(self) -> str:
        """Its plugin, as a message has it."""
        return titled(self.plugin, self.distribution if self.foreign else "", self.version)

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

        What a third party's module changes of the state of the process is put back, and told once.

        Raises:
            PluginError: it cannot be imported, does not take a fixed parameter, or is a recipe, which
                ``recipe.load_recipe`` reads.
        """
        if not isinstance(self.target, str):
            raise PluginError(f"recipe {self.name!r} is a file, not a class")
        module = self.target.partition(":")[0]
        with ExitStack() as stack:
            if self.foreign and (module not in sys.modules or self.params):
                from .. import interfaces  # noqa: F401  # with torch, whose state is looked at before, too
                from .guarding.guard import guarded

                stack.enter_context(guarded(self.origin, f"while its {self.kind} {self.name!r} is imported"))
            else:
                stack.enter_context(redirect_stdout(sys.stderr))
            return self.imported()

    def imported(self) -> type[Any]:
        """Import the class as ``load`` does, with nothing around it."""
        assert isinstance(self.target, str)
        module, _, attribute = self.target.partition(":")
        try:
            cls: type[Any] = getattr(importlib.import_module(module), attribute)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a module may fail in any way, sys.exit() among them
            raise PluginError(
                f"{self.kind} {self.name!r} of {self.origin}: cannot import {self.target}: {describe(error)}"
            ) from error
        return self.of(cls)

    def of(self, cls: type) -> type:
        """Return a class with the entry's parameters fixed.

        Raises:
            PluginError: it does not take one of them.
        """
        if not self.params:
            return cls
        what = f"{self.kind} {self.name!r} of {self.origin}"
        if not isinstance(cls, type):
            raise PluginError(f"{what} fixes parameters of {self.target}, which is no class")
        try:
            return fix(cls, self.params)
        except Exception as error:  # a stranger's __init_subclass__ may fail in any way
            raise PluginError(f"{what} fixes {dict(self.params)}, which does not work: {describe(error)}") from error


class Registry:
    """Every entry of every plugin that loaded, by kind and name; and what failed plugins would have added.

    Args:
        files: plugins of one file, whose classes can be named.

    Attributes:
        files: by name.
        downloaded: see ``of_folder``.
    """

    def __init__(self, files: Iterable["Found"] = ()) -> None:
        self.downloaded = False
        self.files = {found.name: found for found in files}
        self._entries: dict[tuple[str, str], Entry] = {}
        self._withheld: dict[tuple[str, str], str] = {}
        self._failed: list[str] = []
        self._disabled: list[str] = []

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
                    f"which plugin {other.plugin!r} already provides; take another name"
                )
            new[key] = entry
        self._entries |= new

    def add_file(self, found: "Found") -> None:
        """Let the classes of a plugin file be named, and no other.

        Raises:
            PluginError: another file has its name.
        """
        from .sources.files import joined, make_importable, remember_named

        self.files |= {one.name: one for one in joined(self.files.values(), [found])}
        make_importable([found])
        remember_named(found)

    def file(self, name: str) -> "Found | None":
        """Return the plugin file of this name, or one that a recipe of this process named a class of."""
        from .sources.files import named_before

        return self.files.get(name) or named_before(name)

    def replaced(self, plugins: Iterable[str], other: "Registry") -> "Registry":
        """Return a registry with what another has of some plugins in the place of what this has of them.

        Raises:
            PluginError: a name is taken.
        """
        names = set(plugins)
        made = Registry(found for found in self.files.values() if found.name not in names)
        made._entries = {key: entry for key, entry in self._entries.items() if entry.plugin not in names}
        made._withheld, made._failed, made._disabled = dict(self._withheld), [*self._failed], [*self._disabled]
        made.files |= {name: found for name, found in other.files.items() if name in names}
        made.downloaded = self.downloaded
        made.add([entry for entry in other._entries.values() if entry.plugin in names])
        return made

    def of_folder(self) -> "Registry":
        """Return a registry for the recipe of a folder that may be somebody else's, whose names import nothing new."""
        made = self.replaced((), self)
        made.downloaded = True
        return made

    def withhold(self, plugin: str, reason: str, names: Iterable[tuple[str, str]] = ()) -> None:
        """Remember a failed plugin, and the (kind, name) pairs it would have provided, so that errors can say so."""
        self._failed.append(plugin)
        for key in names:
            self._withheld.setdefault(key, f"plugin {plugin!r} provides it, but is left out: {reason}")

    def disable(self, plugin: str) -> None:
        """Remember a plugin that the user left out, so that errors can say so."""
        self._disabled.append(plugin)

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
            raise PluginError(f"{named_nobody(kind, name)}: {reason}")
        if ":" in str(name):
            from .named import named_entry  # with importlib.metadata

            return named_entry(kind, name, self.file, downloaded=self.downloaded)
        if others := [other for other in KINDS if (other, name) in self._entries]:
            named = listed([f"{'an' if other[0] in 'aeiou' else 'a'} {other}" for other in others])
            raise UnknownName(f"{named_nobody(kind, name)}: it is {named}; `ganzoo show {name}` tells its use")
        raise self._unknown(named_nobody(kind, name), name, [entry.name for entry in self.all(kind)], PLURALS[kind])

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

    def _unknown(self, message: str, name: str, known: Sequence[str], plural: str = "") -> UnknownName:
        listing = f"ganzoo list {plural}".strip()
        own = YOUR_OWN_RECIPE if plural == "recipes" else YOUR_OWN
        message = f"{message}; {suggest(name, known, listing, own)}"
        if self._failed:
            message += f" (plugins that failed, see 'ganzoo plugins': {', '.join(self._failed)})"
        if self._disabled:
            message += f" (plugins that --disable-plugin left out: {', '.join(self._disabled)})"
        return UnknownName(message)
