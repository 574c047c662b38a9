"""Recipes and changes of them, by list or by grid, as the names of variants."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from ...errors import GanzooError, RecipeError, first_line
from ...recipes.building.build import check_recipe
from ...recipes.recipe import resolve
from ...registry.registry import Registry

ALL = "all"


@dataclass(frozen=True)
class Expanded:
    """A suite's recipes with its changes in place.

    Attributes:
        names: as they would be written on the command line.
        left_out: combinations that do not fit, and why.
    """

    names: tuple[str, ...]
    left_out: Mapping[str, str]


def named(recipes: Iterable[str], registry: Registry) -> tuple[str, ...]:
    """Recipes with ``all`` replaced by every registered one; what comes twice is taken once."""
    every = [entry.name for entry in registry.all("recipe")]
    return tuple(dict.fromkeys(name for recipe in recipes for name in (every if recipe == ALL else [recipe])))


def expand(
    recipes: Iterable[str],
    registry: Registry,
    *,
    variants: Iterable[tuple[str, ...]] = (),
    grid: Mapping[str, Iterable[str]] | None = None,
    overrides: Iterable[str] = (),
) -> Expanded:
    """Every recipe with every change, as names of variants.

    A combination whose parts do not fit together, or that changes what a recipe has not, is left out with the reason.
    A recipe or a change that is in none of those that are left is refused: it is a slip of the pen.

    Args:
        recipes: as written on the command line, or ``all``.
        registry: knows recipes and parts.
        variants: each a list of ``key=value``; every recipe is played as it is as well.
        grid: texts of values by key.
        overrides: ``key=value`` that all of them have.

    Raises:
        GanzooError: a recipe is no good as it is, or a change fits nowhere.
    """
    bases, forms = named(recipes, registry), ((), *variants)
    points = list(_points(grid or {}))
    if forms == ((),) and points == [()]:
        return Expanded(bases, {})
    overrides = tuple(overrides)
    names: list[str] = []
    left_out: dict[str, str] = {}
    used: set[Any] = set()
    refused: dict[Any, str] = {}
    for base, form, point in product(bases, forms, points):
        name = ":".join((base, *form, *point))
        changes = (base, form, *point)
        try:
            check_recipe(resolve(registry, name, overrides), registry)
        except RecipeError as error:
            reason = first_line(error)
            left_out[name] = reason
            refused |= {change: refused.get(change, reason) for change in changes}
        else:
            names.append(name)
            used |= set(changes)
    for change, reason in refused.items():
        if change not in used:
            raise GanzooError(reason)
    return Expanded(tuple(dict.fromkeys(names)), left_out)


def _points(grid: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, ...]]:
    """All combinations of a grid, the last key fastest."""
    return product(*([f"{key}={text}" for text in texts] for key, texts in grid.items()))
