"""Use of a part by the registered recipes, for parameters where its defaults do not suffice."""

from __future__ import annotations

import inspect
from typing import Any

from ..errors import GanzooError
from ..recipes.build import load_class, offered_by
from ..recipes.part_weights import found_for
from ..recipes.recipe import Recipe, load_recipe
from ..recipes.revisions import named_parts
from ..registry.registry import Registry
from .findings import ConformanceError


def recipes_with(registry: Registry, kind: str, name: str) -> list[Recipe]:
    """List the registered recipes that name this part, without those that do not parse, which fail on their own."""
    found = []
    for entry in registry.all("recipe"):
        try:
            recipe = load_recipe(entry.file)
        except GanzooError:
            continue
        if any(k == kind and part.name == name for k, part in named_parts(recipe)):
            found.append(recipe)
    return found


def parameters_of(registry: Registry, kind: str, name: str) -> dict[str, Any]:
    """Give the parameters to build a part with: its defaults, or those of the first recipe where it needs more.

    Raises:
        ConformanceError: it needs parameters, and no registered recipe gives them.
    """
    keyword = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    cls = load_class(registry, kind, name)
    taken = inspect.signature(cls).parameters.values()
    given = {*(offered_by(registry) if kind in ("generator", "discriminator") else ()), *found_for(cls)}
    needed = [p.name for p in taken if p.kind in keyword and p.default is p.empty and p.name not in given]
    if not needed:
        return {}
    for recipe in recipes_with(registry, kind, name):
        for k, part in named_parts(recipe):
            if k == kind and part.name == name:
                return dict(part.params)
    raise ConformanceError(
        f"it needs the parameter {needed[0]!r}, which has no default and which no registered recipe gives"
    )
