"""Use of a part by the registered recipes, for parameters where its defaults do not suffice."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from ..errors import GanzooError
from ..recipes.building.build import load_class, offered_by
from ..recipes.building.part_weights import found_for
from ..recipes.provenance.revisions import named_parts
from ..recipes.recipe import Recipe, load_recipe
from ..registry.registry import Registry
from .findings import ConformanceError


def recipes_with(registry: Registry, kind: str, name: str) -> list[Recipe]:
    """List the registered recipes that name this part, without those that do not parse, which fail on their own."""
    found = []
    for entry in registry.all("recipe"):
        recipe = _read(entry.file)
        if recipe and any(k == kind and part.name == name for k, part in named_parts(recipe)):
            found.append(recipe)
    return found


_KEPT: dict[tuple[str, bytes], Recipe | None] = {}  # every part of a plugin asks for all recipes


def _read(path: Path | Traversable) -> Recipe | None:
    """Read a recipe once for as long as its file has this content."""
    try:
        key = str(path), path.read_bytes()
    except OSError:
        return None
    if key not in _KEPT:
        try:
            _KEPT[key] = load_recipe(path)
        except GanzooError:
            _KEPT[key] = None
    return _KEPT[key]


def parameters_of(registry: Registry, kind: str, name: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give the parameters to build a part with: those given beside its defaults, or beside a recipe's if it needs more.

    Raises:
        ConformanceError: it needs parameters, and no registered recipe gives them.
    """
    keyword = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    cls = load_class(registry, kind, name)
    taken = inspect.signature(cls).parameters.values()
    params = dict(params or {})
    given = {*(offered_by(registry) if kind in ("generator", "discriminator") else ()), *found_for(cls), *params}
    needed = [p.name for p in taken if p.kind in keyword and p.default is p.empty and p.name not in given]
    if not needed:
        return params
    for recipe in recipes_with(registry, kind, name):
        for k, part in named_parts(recipe):
            if k == kind and part.name == name:
                return {**part.params, **params}
    raise ConformanceError(
        f"it needs the parameter {needed[0]!r}, which has no default and which no registered recipe gives"
    )
