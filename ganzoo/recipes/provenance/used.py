"""Entries that a run uses, and the one in whose code an error arose. Does not import torch."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from types import CodeType, TracebackType

from ...errors import GanzooError
from ...registry.registry import Entry, Registry
from ..recipe import Recipe
from .revisions import named_parts

_OURS = ("ganzoo_plugins", "ganzoo_configs")  # packages of ours, with a plugin in each module


def entries_used(registry: Registry, recipe: Recipe, others: Iterable[tuple[str, str | None]] = ()) -> list[Entry]:
    """Return the entries of the parts that a recipe names, and of others; what the registry does not know is left out.

    Args:
        registry: knows them.
        recipe: names parts.
        others: what a run uses beside them, by kind and name, such as its metrics.
    """
    return found(registry, [*((kind, part.name) for kind, part in named_parts(recipe)), *others])


def found(registry: Registry, names: Iterable[tuple[str, str | None]]) -> list[Entry]:
    """Return the entries of these kinds and names, without those that the registry does not know."""
    entries = []
    for kind, name in names:
        with suppress(GanzooError):
            entries.append(registry.get(kind, name or ""))
    return entries


def plugins_used(registry: Registry, recipe: Recipe, others: Iterable[tuple[str, str | None]] = ()) -> tuple[str, ...]:
    """Return the names of the third parties' plugins that these come from, in order."""
    used = entries_used(registry, recipe, others)
    return tuple(sorted({entry.plugin for entry in used if entry.registered_by_others}))


def files_used(registry: Registry, recipe: Recipe, others: Iterable[tuple[str, str | None]] = ()) -> dict[str, str]:
    """Return the sources of the plugin files that these come from, by the file's name."""
    plugins = sorted({entry.plugin for entry in entries_used(registry, recipe, others)})
    return {name: found.source for name in plugins if (found := registry.file(name)) is not None}


def blamed(error: BaseException, entries: Iterable[Entry]) -> str:
    """Name the part in whose code an error arose, as ``loss 'evil' of plugin 'evil' (evilplug 1.0)``; empty if in none.

    Args:
        error: with its traceback.
        entries: of the parts that were used.
    """
    parts = [entry for entry in entries if isinstance(entry.target, str)]
    for name, code in reversed(list(_frames(error.__traceback__))):
        here = [entry for entry in parts if _module(entry) == name]
        own = [entry for entry in here if code.co_qualname.partition(".")[0] == str(entry.target).partition(":")[2]]
        if these := own or here:
            kinds = " and ".join(dict.fromkeys(f"{entry.kind} {entry.name!r}" for entry in these))
            return f"{kinds} of {these[0].origin}"
        for entry in parts:
            if package_of(name) and package_of(_module(entry)) == package_of(name):
                return entry.origin
    return ""


def package_of(module: str) -> str:
    """Return the package of a plugin that a module belongs to; nothing for one of the engine, which is no plugin's."""
    names = module.split(".")
    if names[0] == "ganzoo":
        return ""
    return ".".join(names[: 2 if names[0] in _OURS else 1])


def _module(entry: Entry) -> str:
    return str(entry.target).partition(":")[0]


def _frames(traceback: TracebackType | None) -> Iterator[tuple[str, CodeType]]:
    while traceback is not None:
        frame = traceback.tb_frame
        yield str(frame.f_globals.get("__name__", "")), frame.f_code
        traceback = traceback.tb_next
