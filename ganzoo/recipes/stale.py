"""Stale numbers: measured of a recipe that plays something else now. Does not import torch by itself."""

import inspect
import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ..errors import GanzooError
from ..registry.registry import Registry
from . import safeyaml
from .recipe import Recipe, resolve
from .revisions import named_parts, revised

TEXTS = ("name", "title", "year", "paper", "summary", "departs", "space", "published")
OF_PARTS = ("generator", "discriminator", "loss", "regularizers")
Judges = Sequence[tuple[str, str]]
STALE = "‡"
"""The mark of a stale number, which a footnote explains."""
_MOST = 3  # differences that a sentence names


def changes_since(text: str, name: str, registry: Registry, command: str = "") -> list[str]:
    """Return how a recipe plays otherwise now: ``schedule.batch 64, now 32``; nothing where it plays the same.

    Args:
        text: the recipe as it was played, as YAML.
        name: its name, with its variants.
        registry: knows the recipe and its parts as they are.
        command: that played it; its overrides are put in place.

    Raises:
        GanzooError: the recipe of then cannot be read, or there is none of this name now.
    """
    then = read_as_played(text)
    now = resolve(registry, name, overrides_in(command))
    if _played(then) == _played(now):  # then parts need not be imported
        return []
    return list(_differing(_played(then, registry), _played(now, registry)))


def read_as_played(text: str) -> Recipe:
    """Read a recipe that a bench keeps as YAML.

    Raises:
        RecipeError: it cannot be read by this version.
    """
    return Recipe.from_dict({"name": "measured", **safeyaml.load(text)})


def revised_since(revisions: Mapping[str, int], recipe: Recipe, registry: Registry, judges: Judges = ()) -> list[str]:
    """Return what has another revision now, as ``revision 1 of the metric 'density', which has revision 2 now``.

    Args:
        revisions: those above 1 that something was played and judged with.
        recipe: that was played.
        registry: knows the parts as they are.
        judges: kind and name of each metric and of the extractor.
    """
    parts = [(kind, part.name) for kind, part in named_parts(recipe)]
    named = {f"{kind} {name}": _revision(registry, kind, name) for kind, name in (*parts, *judges)}
    then = {part: revision for part, revision in revisions.items() if part in named}
    return [f"{what} now" for what in revised(then, named)]


def overrides_in(command: str) -> tuple[str, ...]:
    """Return the overrides, ``key=value``, that a command line was written with."""
    try:
        words = shlex.split(command)
    except ValueError:
        return ()
    given = [word for before, word in pairwise(words) if before in ("-o", "--override")]
    return (*given, *(word.removeprefix("--override=") for word in words if word.startswith("--override=")))


def stale_by(row: Mapping[str, Any], recipe: Recipe, registry: Registry) -> list[str]:
    """Return why a row of measured numbers is stale; nothing where it is not.

    Args:
        row: of a recipe's ``measured`` file. ``stale`` has what its maker found out; ``revisions`` are those above 1 of
            the parts, the extractor and the metrics that it was measured with.
        recipe: as it is now.
        registry: knows the parts as they are.
    """
    reference = row.get("reference") or {}
    judges = [("metric", column["key"]) for column in reference.get("columns", ())]
    if extractor := reference.get("identity", {}).get("extractor"):
        judges.append(("extractor", extractor))
    return [*row.get("stale", ()), *revised_since(row.get("revisions", {}), recipe, registry, judges)]


def in_words(changes: Sequence[str]) -> str:
    """Return changes in one phrase: the first three, and how many more there are."""
    more = [f"{len(changes) - _MOST} more"] if len(changes) > _MOST else []
    return "; ".join([*changes[:_MOST], *more])


def _revision(registry: Registry, kind: str, name: str) -> int:
    try:
        return registry.get(kind, name).revision
    except GanzooError:
        return 1


def _played(recipe: Recipe, registry: Registry | None = None) -> dict[str, Any]:
    """Return what a recipe plays, flat: dotted key to plain value; with the defaults of parts where these are known."""
    data = {key: value for key, value in recipe.played().to_dict().items() if key not in TEXTS}
    flat = {key: value for key, value in data.items() if key not in OF_PARTS and not isinstance(value, dict)}
    for key, values in data.items():
        if key not in OF_PARTS and isinstance(values, dict):
            flat |= {f"{key}.{name}": value for name, value in values.items()}
    if not recipe.conditional:
        flat.pop("schedule.labels", None)  # which decide nothing
    flat["regularizers"] = [part.name for part in recipe.regularizers]
    for kind, part in named_parts(recipe):
        before = kind if kind != "regularizer" else f"regularizers.{part.name}"
        defaults = _defaults(registry, kind, part.name) if registry else {}
        flat |= {f"{before}.{name}": value for name, value in {**defaults, **part.params}.items()}
        if kind != "regularizer":
            flat[before] = part.name
    return flat


def _defaults(registry: Registry, kind: str, name: str) -> dict[str, Any]:
    try:
        takes = inspect.signature(registry.get(kind, name).load()).parameters.values()
    except GanzooError:  # a part that there is no more
        return {}
    return {p.name: p.default for p in takes if p.default is not p.empty}


def _differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    swapped = [f"{key}." for key in ("generator", "discriminator", "loss") if then[key] != now[key]]
    swapped += [f"regularizers.{name}." for name in {*then["regularizers"]} ^ {*now["regularizers"]}]
    for key in dict.fromkeys((*then, *now)):
        if then.get(key) != now.get(key) and not key.startswith(tuple(swapped)):  # of which all parameters differ
            yield f"{key} {_shown(then.get(key))}, now {_shown(now.get(key))}"


def _shown(value: Any) -> str:
    return "not set" if value is None else str(value)
