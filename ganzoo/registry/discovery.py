"""Find the installed plugins and learn what each offers.

Every plugin is on its own and is all or nothing: one that fails in any way is reported, what it provides is withheld,
and the rest goes on. The bundled ones are imported here. One of a third party is imported in a process of its own, once
for each version of it (``remembered``); here, only the parts that are used are.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..errors import PluginError
from ..messages import to_stderr
from ..text import cut
from .hooks.offers import Offers
from .registry import CORE, Entry, Registry, titled
from .sources.files import files_of_process, joined, make_importable
from .sources.installed import PROBING, STRICT, Found, installed, strict, unmet

if TYPE_CHECKING:
    from .probing.announcement import Announcement


@dataclass(frozen=True)
class Plugin:
    """The outcome of loading one entry point.

    Attributes:
        name: the entry point's.
        distribution: the installed package that it comes from; empty when none has it.
        version: that package's.
        hooks: the hooks that it implements.
        provides: its entries; of a failed plugin, those it would have provided, as far as is known.
        status: ``ok``; ``failed``, or ``disabled`` by the user: then nothing that it provides is registered.
        reason: why it failed.
        bundled: it is ours.
        changes: of the state of the process, by its import and its hooks, which were in a process of its own.
    """

    name: str
    distribution: str
    version: str = ""
    hooks: tuple[str, ...] = ()
    provides: tuple[Entry, ...] = ()
    status: Literal["ok", "failed", "disabled"] = "ok"
    reason: str = ""
    bundled: bool = False
    changes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The plugin and where it comes from, as a message has it."""
        return titled(self.name, self.distribution, self.version)


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

    @property
    def warnings(self) -> list[str]:
        """A sentence for each plugin that failed or changes the state of a process."""
        said = []
        for plugin in self.plugins:
            if plugin.status == "failed":
                said.append(f"{plugin.title} is left out: {plugin.reason}")
            elif plugin.changes:
                said.append(
                    f"{plugin.title} changes {', '.join(plugin.changes)} when it is imported; no other process feels it"
                )
        return said


def load_zoo(
    *,
    third_party: bool = True,
    disabled: Collection[str] = (),
    only: Collection[str] | None = None,
    files: Sequence[Found] = (),
    say: Callable[[str], None] | None = None,
) -> Zoo:
    """Learn what every installed plugin offers, and fill a registry.

    The bundled plugins come first, then those of third parties by name. The environment variable
    ``GANZOO_LOAD_PLUGINS`` limits third parties to the entry points it names, separated by commas. Whatever
    a plugin prints while it loads goes to stderr.

    Args:
        third_party: load more than the bundled plugins.
        disabled: names of plugins or distributions of third parties to leave out.
        only: names of the third parties' plugins to load; None for all.
        files: plugins of one file, beside those of this process; one that ``only`` leaves out registers nothing, and
            its classes can still be named.
        say: takes a line before plugins are looked at, which may take some seconds.

    Raises:
        UnknownName: no plugin has a name of ``disabled``.
        PluginError: a plugin file failed, which was asked for; or a plugin failed or changes the state of the process,
            and ``GANZOO_STRICT_PLUGINS`` is set.
    """
    own = joined(files, () if only is not None else files_of_process())
    make_importable(own)
    registry = Registry(own)
    others = None if only is None else [name for name in only if name not in registry.files]
    points = installed(third_party and not os.environ.get(PROBING), others, disabled)
    points += [found for found in own if only is None or found.name in only]
    heard = _announced(points, say)
    plugins: list[Plugin] = []
    first: dict[str, str] = {}
    for found in points:
        if found.disabled:
            plugin = Plugin(found.name, found.distribution, found.version, status="disabled")
            registry.disable(found.name)
        elif found.name in first and not found.reason:
            reason = f"the name {found.name!r} is already that of a plugin of distribution {first[found.name]!r}"
            plugin = Plugin(found.name, found.distribution, found.version, status="failed", reason=reason)
            registry.withhold(plugin.name, reason)
        else:
            first.setdefault(found.name, found.distribution)
            plugin = _load(found, heard.get(found), registry)
        plugins.append(plugin)
    zoo = Zoo(registry, tuple(plugins))
    for plugin in zoo.failed:
        if plugin.name in registry.files:
            raise PluginError(f"the plugin file {registry.files[plugin.name].path} cannot be used: {plugin.reason}")
    if zoo.warnings and strict():
        raise PluginError("\n".join(f"{line} ({STRICT} is set)" for line in zoo.warnings))
    return zoo


def _announced(points: list[Found], say: Callable[[str], None] | None) -> dict[Found, Announcement]:
    """Return what third parties announce; those of one name with another's are not asked."""
    asked: dict[str, Found] = {}
    taken = {point.name for point in points if point.bundled}
    for point in points:
        if not (point.bundled or point.reason or point.disabled or point.name in taken):
            asked.setdefault(point.name, point)
    if not asked:
        return {}
    from .probing.remembered import announcements  # with what starts processes and reads the cache

    answers, new = announcements(list(asked.values()), say)
    for found, answer in zip(asked.values(), answers, strict=True):
        if found in new and answer.printed:
            for line in cut(answer.printed).splitlines():
                to_stderr(line)
    return dict(zip(asked.values(), answers, strict=True))


def _load(found: Found, heard: Announcement | None, registry: Registry) -> Plugin:
    problems = [found.reason] if found.reason else []
    hooks, entries, changes = (), (), ()  # type: tuple[str, ...], tuple[Entry, ...], tuple[str, ...]
    if heard is not None:
        hooks, entries, changes = heard.hooks, heard.entries, heard.changes
        problems += heard.problems
    elif not problems:
        offers = Offers(found)
        with redirect_stdout(sys.stderr):
            offers.ask()
        hooks, entries = tuple(sorted(offers.hooks)), tuple(offers.entries)
        problems += offers.problems
    if not problems:
        try:
            registry.add(entries)
        except PluginError as error:
            problems.append(str(error))
    reason = cut(_with_requirement(found, problems)) if problems else ""
    if reason:
        registry.withhold(found.name, reason, [(entry.kind, entry.name) for entry in entries])
    return Plugin(
        found.name,
        found.distribution,
        found.version,
        hooks,
        entries,
        "failed" if reason else "ok",
        reason,
        found.bundled,
        changes,
    )


def _with_requirement(found: Found, problems: list[str]) -> str:
    """Join what is wrong; of a plugin that was made for another version of ganzoo, that comes first."""
    from .. import __version__

    said = "; ".join(problems)
    if needed := unmet(found, __version__):
        return f"it needs {needed}, and this is {CORE} {__version__} (`pip install '{needed}'`): {said.split(';')[0]}"
    return said
