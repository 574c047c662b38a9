"""Entry points of the installed distributions, with what these say of themselves. Imports none of them."""

import os
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from ...errors import UnknownName, suggest
from ..registry import CORE, titled
from .distributions import listed, normalised

ONLY = "GANZOO_LOAD_PLUGINS"
STRICT = "GANZOO_STRICT_PLUGINS"
PROBING = "GANZOO_PROBING"  # set in a process that looks at one plugin, where no others are looked at in their turn


@dataclass(frozen=True)
class Found:
    """An entry point with what its distribution says of itself.

    Attributes:
        name: the entry point's.
        distribution: its normalised name; empty for what was asked for and is not there.
        version: of the distribution.
        licence: of the distribution.
        value: what is imported, such as ``my_rsgan``.
        requires: the requirements of the distribution that are for this one, as in its metadata.
        reason: why it cannot be loaded, where that is known already.
        disabled: the user left it out.
        source: of a plugin that is one file, all of it (see ``files``); empty for one that is installed.
        path: of that file, as messages name it.
    """

    name: str
    distribution: str = ""
    version: str = ""
    licence: str = ""
    value: str = ""
    requires: tuple[str, ...] = ()
    reason: str = ""
    disabled: bool = False
    source: str = ""
    path: str = ""

    @property
    def bundled(self) -> bool:
        """True of our own."""
        return self.distribution == CORE

    @property
    def title(self) -> str:
        """The plugin and where it comes from, as a message has it."""
        return titled(self.name, self.distribution, self.version)


def installed(third_party: bool, only: Collection[str] | None, disabled: Collection[str]) -> list[Found]:
    """Return the entry points in their order, and those that were asked for and are not there.

    Args:
        third_party: more than the bundled ones.
        only: of third parties, these alone; None for all. ``$GANZOO_LOAD_PLUGINS`` limits them further.
        disabled: plugins or distributions of third parties that are left out.

    Raises:
        UnknownName: there is no plugin that ``disabled`` names.
    """
    found = list(_entry_points())
    others = [point for point in found if not point.bundled]
    off = _disabled(others, disabled)
    points = [point for point in found if point.bundled or third_party]
    if third_party:
        for wanted, said in ((_named(), f"though {ONLY} names it"), (only, "and this run uses it")):
            if wanted is not None:
                missing = set(wanted) - {point.name for point in points}
                points = [point for point in points if point.bundled or point.name in wanted]
                points += [Found(name, reason=f"not installed, {said}") for name in missing]
    points = [Found(p.name, p.distribution, p.version, disabled=True) if p in off else p for p in points]
    return sorted(points, key=lambda point: (not point.bundled, point.name, point.distribution))


def strict() -> bool:
    """Return whether a plugin that fails or changes shared state is an error: ``$GANZOO_STRICT_PLUGINS``."""
    return os.environ.get(STRICT, "").strip().lower() not in ("", "0", "false", "no")


def _named() -> set[str] | None:
    named = os.environ.get(ONLY)
    return None if named is None else {name.strip() for name in named.split(",")} - {""}


def _disabled(others: list[Found], names: Collection[str]) -> list[Found]:
    return [point for name in names for point in called(others, name, "plugin of a third party")]


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def distribution(self) -> str: ...


N = TypeVar("N", bound=_Named)


def called(plugins: Sequence[N], name: str, what: str = "plugin") -> list[N]:
    """Return the plugins with this entry point, or else those of the distribution of this name.

    Args:
        plugins: all.
        name: of an entry point or a distribution.
        what: all of them are, in the message.

    Raises:
        UnknownName: there is none; the message says what was probably meant.
    """
    wanted = normalised(name)
    found = [plugin for plugin in plugins if plugin.name == name]
    found = found or [plugin for plugin in plugins if plugin.distribution and plugin.distribution == wanted]
    if not found:
        known = {plugin.name for plugin in plugins} | {plugin.distribution for plugin in plugins} - {""}
        raise UnknownName(f"no {what} named {name!r}; {suggest(name, sorted(known))}")
    return found


def _entry_points() -> Iterator[Found]:
    for one in listed():
        about = (one.name, one.version, one.licence)
        if one.reason:
            yield Found(one.name, *about, reason=one.reason)
        for name, value in one.points:
            yield Found(name, *about, value, one.requires)


def unmet(found: Found, version: str) -> str:
    """Return the requirement of a distribution that this version of ours does not meet; empty where it meets all.

    Args:
        found: one of the distribution's plugins.
        version: ours.
    """
    if not found.requires:
        return ""
    from packaging.requirements import InvalidRequirement, Requirement  # few plugins need it

    for line in found.requires:
        try:
            needed = Requirement(line)
            applies = needed.marker is None or needed.marker.evaluate({"extra": ""})
        except (InvalidRequirement, ValueError):
            continue
        if applies and not needed.specifier.contains(version, prereleases=True):
            return f"{needed.name}{needed.specifier}"
    return ""


def installed_names() -> list[str]:
    """Return the names of what is installed on the path, versions included: they change with every installation."""
    names: set[str] = set()
    for place in sys.path:
        try:
            listed = os.listdir(place or ".")  # noqa: PTH208  # a path entry need not be a folder
        except OSError:
            continue
        names |= {name for name in listed if name.endswith((".dist-info", ".egg-info", ".egg-link", ".pth"))}
    return sorted(names)


def resolved_path() -> str:
    """Return ``sys.path`` as ``PYTHONPATH`` for another process."""
    return os.pathsep.join(str(Path(place).resolve()) for place in sys.path if Path(place).exists())
