"""Overrides that lead from a registered recipe to one that was played. Does not import torch by itself."""

from collections.abc import Iterator
from typing import Any

from ...errors import GanzooError
from ...registry.registry import Registry
from .. import safeyaml
from ..recipe import Recipe, resolve
from .stale import TEXTS


def overrides_to(recipe: Recipe, registry: Registry) -> tuple[str, ...] | None:
    """Find the overrides by which the recipe of this name, with its variants, plays the same.

    Args:
        recipe: as it was played.
        registry: knows recipes and parts.

    Returns:
        Each as ``-o`` takes it; none where the name alone does; None where there is no recipe of this name, or no
        override leads there.
    """
    try:
        here = _plain(resolve(registry, recipe.name))
        found = tuple(_changes(here, _plain(recipe)))
        there = _plain(resolve(registry, recipe.name, found))
    except GanzooError:
        return None
    return found if there == _plain(recipe) else None


def _plain(recipe: Recipe) -> dict[str, Any]:
    return {key: value for key, value in recipe.played().to_dict().items() if key not in TEXTS}


def _changes(here: dict[str, Any], there: dict[str, Any]) -> Iterator[str]:
    """Change single keys of a part that stays; give another part, or one with fewer keys, whole."""
    for key, value in there.items():
        known = here.get(key)
        if known == value:
            continue
        inner = {key: value}
        if isinstance(known, dict) and isinstance(value, dict) and _stays(known, value):
            inner = {f"{key}.{name}": one for name, one in value.items() if name not in known or known[name] != one}
        yield from (f"{name}={safeyaml.inline(one)}" for name, one in inner.items())


def _stays(here: dict[str, Any], there: dict[str, Any]) -> bool:
    return here.get("name") == there.get("name") and here.keys() <= there.keys()
