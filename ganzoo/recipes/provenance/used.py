"""Entries that a run uses. Does not import torch."""

from collections.abc import Iterable
from contextlib import suppress

from ...errors import GanzooError
from ...registry.registry import Entry, Registry
from ..recipe import Recipe
from .revisions import named_parts


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
