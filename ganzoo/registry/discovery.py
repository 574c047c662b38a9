"""Find the installed plugins and ask each what it offers.

Every plugin is loaded on its own and is all or nothing: one that fails in any way is reported, what it
provides is withheld, and the rest goes on.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import Any, Literal

import pluggy

from ..errors import PluginError, suggest
from . import hookspecs
from .registry import PLURALS, Entry, Registry, describe

GROUP = "ganzoo"
CORE = "ganzoo-core"
ONLY = "GANZOO_LOAD_PLUGINS"
HOOKS = {f"register_{plural}": kind for kind, plural in PLURALS.items()}


@dataclass(frozen=True)
class Plugin:
    """The outcome of loading one entry point.

    Attributes:
        name: the entry point's.
        distribution: the installed package that it comes from; empty when none has it.
        version: that package's.
        hooks: the hooks that it implements.
        provides: its entries; of a failed plugin, those it would have provided, as far as is known.
        status: ``ok``, or ``failed``: then nothing that it provides is registered.
        reason: why it failed.
        bundled: it is ours.
    """

    name: str
    distribution: str
    version: str = ""
    hooks: tuple[str, ...] = ()
    provides: tuple[Entry, ...] = ()
    status: Literal["ok", "failed"] = "ok"
    reason: str = ""
    bundled: bool = False


@dataclass(frozen=True)
class Zoo:
    """The offer of the installed plugins, and the outcome of loading each.

    Attributes:
        registry: the entries of those that loaded.
        plugins: all of them: the bundled ones, then third parties by name.
    """

    registry: Registry
    plugins: tuple[Plugin, ...]

    @property
    def failed(self) -> tuple[Plugin, ...]:
        """The plugins that were left out."""
        return tuple(plugin for plugin in self.plugins if plugin.status == "failed")


@dataclass(frozen=True)
class _Found:
    """An entry point with what its distribution says of itself."""

    name: str
    distribution: str
    version: str
    licence: str
    entry_point: EntryPoint | None  # None: the distribution's list of entry points cannot be read
    reason: str = ""

    @property
    def bundled(self) -> bool:
        return self.distribution == CORE


class _Offers:
    """The entries of one plugin, kept until all of them are known to be sound."""

    def __init__(self, found: _Found) -> None:
        self.found = found
        self.hooks: list[str] = []
        self.entries: list[Entry] = []
        self.problems: list[str] = []

    def ask(self) -> None:
        """Import the plugin and call its hooks; all that goes wrong ends up in ``problems``."""
        # A manager for each plugin: what one of them breaks, no other can feel.
        manager = pluggy.PluginManager(GROUP)
        manager.add_hookspecs(hookspecs)
        try:
            point = self.found.entry_point
            assert point is not None  # what has none has a reason, and is not asked
            plugin = point.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # SystemExit too: a plugin must not end the program
            self.problems.append(f"cannot be imported: {describe(error)}")
            return
        try:
            manager.register(plugin, name=self.found.name)
            callers = manager.get_hookcallers(plugin) or []
        except KeyboardInterrupt:
            raise
        except pluggy.PluginValidationError as error:
            self.problems.append(f"a hook has the wrong signature: {' '.join(str(error).split())}")
            return
        except BaseException as error:
            self.problems.append(f"cannot be registered: {describe(error)}")
            return
        for caller in callers:
            self._call(caller)
        self.problems += [
            f"{name} lacks the decorator @ganzoo.hookimpl"
            for name in HOOKS
            if name not in self.hooks and callable(getattr(plugin, name, None))
        ]

    def _call(self, caller: pluggy.HookCaller) -> None:
        if not caller.has_spec():
            if not all(impl.optionalhook for impl in caller.get_hookimpls()):
                self.problems.append(f"there is no hook {caller.name!r}; {suggest(caller.name, HOOKS)}")
            return
        self.hooks.append(caller.name)
        if any("register" not in impl.argnames for impl in caller.get_hookimpls()):
            self.problems.append(f"a hook has the wrong signature: {caller.name} does not take 'register'")
            return
        kind = HOOKS[caller.name]

        def register(
            name: str,
            target: Any,
            *,
            summary: str = "",
            paper: str = "",
            measured: Any = None,
            params: Any = None,
            revision: int = 1,
        ) -> None:
            found, fixed = self.found, {} if params is None else params
            about = (found.name, found.version, found.licence, summary, paper, measured, fixed, revision)
            try:
                entry = Entry(kind, name, target, *about)
            except PluginError as error:
                # Kept rather than raised: a hook that swallows errors must not pass for a sound one.
                self.problems.append(f"{caller.name}: {error}")
            else:
                self.entries.append(entry)

        try:
            returned = caller(register=register)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self.problems.append(f"{caller.name} failed: {describe(error)}")
        else:
            if returned:
                self.problems.append(f"{caller.name} returns {type(returned[0]).__name__} where it should return None")


def load_zoo(*, third_party: bool = True) -> Zoo:
    """Load every installed plugin and fill a registry.

    The bundled plugins come first, then those of third parties by name. The environment variable
    ``GANZOO_LOAD_PLUGINS`` limits third parties to the entry points it names, separated by commas. Whatever
    a plugin prints while it loads goes to stderr.

    Args:
        third_party: load more than the bundled plugins.
    """
    registry = Registry()
    plugins: list[Plugin] = []
    first: dict[str, str] = {}
    for found in _installed(third_party):
        if found.name in first and not found.reason:
            reason = f"the name {found.name!r} is already that of a plugin of distribution {first[found.name]!r}"
            plugin = Plugin(found.name, found.distribution, found.version, status="failed", reason=reason)
            registry.withhold(plugin.name, reason)
        else:
            first.setdefault(found.name, found.distribution)
            plugin = _load(found, registry)
        plugins.append(plugin)
    return Zoo(registry, tuple(plugins))


def _load(found: _Found, registry: Registry) -> Plugin:
    offers = _Offers(found)
    if found.reason:
        offers.problems.append(found.reason)
    else:
        with redirect_stdout(sys.stderr):
            offers.ask()
    if not offers.problems:
        try:
            registry.add(offers.entries)
        except PluginError as error:
            offers.problems.append(str(error))
    reason = "; ".join(offers.problems)
    if reason:
        registry.withhold(found.name, reason, [(entry.kind, entry.name) for entry in offers.entries])
    return Plugin(
        found.name,
        found.distribution,
        found.version,
        tuple(sorted(offers.hooks)),
        tuple(offers.entries),
        "failed" if reason else "ok",
        reason,
        found.bundled,
    )


def _installed(third_party: bool) -> list[_Found]:
    """Return the entry points to load, in their order, and those that were asked for and are not there."""
    found = [point for point in _entry_points() if point.bundled or third_party]
    named = os.environ.get(ONLY)
    if third_party and named is not None:
        wanted = {name.strip() for name in named.split(",")} - {""}
        missing = wanted - {point.name for point in found}
        found = [point for point in found if point.bundled or point.name in wanted]
        found += [_Found(name, "", "", "", None, f"not installed, though {ONLY} names it") for name in missing]
    return sorted(found, key=lambda point: (not point.bundled, point.name, point.distribution))


def _entry_points() -> Iterator[_Found]:
    # Not importlib.metadata.entry_points(): it parses the lists of all distributions, and one broken list
    # among them, whoever's it is, would leave us with no plugin at all.
    seen = set()
    for distribution in distributions():
        try:
            listed = distribution.read_text("entry_points.txt") or ""
        except (OSError, UnicodeDecodeError):
            continue
        if not re.search(rf"^\s*\[\s*{GROUP}\s*\]", listed, re.MULTILINE):
            continue
        name, version, licence = _about(distribution)
        if name != "unknown" and name in seen:
            continue  # shadowed by the same distribution earlier on the path
        seen.add(name)
        try:
            points = list(distribution.entry_points.select(group=GROUP))
        except Exception as error:
            reason = f"its entry_points.txt cannot be read: {describe(error)}"
            yield _Found(name, name, version, licence, None, reason)
        else:
            for point in points:
                yield _Found(point.name, name, version, licence, point)


def _about(distribution: Distribution) -> tuple[str, str, str]:
    """Normalised name, version and licence, as far as the metadata tells."""
    try:
        metadata: Any = distribution.metadata  # a message of the standard library, of which its type says less
        name, version = metadata.get("Name") or "", metadata.get("Version") or ""
        licence = metadata.get("License-Expression") or _licence(metadata.get("License"))
        if not licence:
            classifiers = [
                c.split(" :: ")[-1] for c in metadata.get_all("Classifier") or [] if c.startswith("License ::")
            ]
            licence = ", ".join(classifiers)
    except Exception:
        return "unknown", "", ""  # metadata that nobody can read is no reason to drop a plugin that works
    return re.sub(r"[-_.]+", "-", name).lower() or "unknown", version, licence


def _licence(text: str | None) -> str:
    """Return the old field, where it holds a name and not the whole text of a licence."""
    lines = (text or "").strip().splitlines()
    return lines[0] if len(lines) == 1 and len(lines[0]) < 60 else ""
