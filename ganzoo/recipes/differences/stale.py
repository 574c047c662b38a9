"""Stale numbers: measured of a recipe that plays something else now. Does not import torch by itself."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ...errors import GanzooError, RecipeError
from ...registry.registry import Registry
from .. import safeyaml
from ..provenance.revisions import named_parts, revised
from ..recipe import Recipe, resolve
from .flat import flat, side_by_side

TEXTS = ("name", "title", "year", "paper", "summary", "departs", "space", "published")
Judges = Sequence[tuple[str, str]]
STALE = "‡"
"""The mark of a stale number, which a footnote explains."""
_MOST = 3  # differences that a sentence names


def changes_since(
    text: str, name: str, registry: Registry, command: str = "", tuned: Mapping[str, Any] | None = None
) -> list[str]:
    """Return how a recipe plays otherwise now: ``schedule.batch 64, now 32``; nothing where it plays the same.

    Args:
        text: the recipe as it was played, as YAML.
        name: its name, with its variants.
        registry: knows the recipe and its parts as they are.
        command: that played it; its overrides are put in place.
        tuned: values by dotted key that its bench tried and chose, which are put in place after them.

    Raises:
        GanzooError: the recipe of then cannot be read, or there is none of this name now.
    """
    then = read_as_played(text)
    now = resolve(registry, name, overrides_in(command))
    if tuned:
        now = now.changed(tuned)
    return list(_differing(then, now, registry))


def read_as_played(text: str, name: str = "measured") -> Recipe:
    """Read a recipe that a bench keeps as YAML.

    Args:
        text: the YAML.
        name: of the recipe, where the text does not tell.

    Raises:
        RecipeError: it cannot be read by this version.
    """
    loaded = safeyaml.load(text)
    if not isinstance(loaded, dict):
        raise RecipeError("the recipe that the bench keeps is no mapping")
    return Recipe.from_dict({"name": name, **loaded})


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


def _differing(then: Recipe, now: Recipe, registry: Registry) -> Iterator[str]:
    ours, theirs = flat(then), flat(now)
    swapped = [f"{key}." for key in ("generator", "discriminator", "loss") if ours[key] != theirs[key]]
    swapped += [f"regularizers.{name}." for name in {*ours["regularizers"]} ^ {*theirs["regularizers"]}]
    for key, before, after in side_by_side(then, now, registry):
        values = [None if one is None else one.value for one in (before, after)]
        if values[0] != values[1] and not key.startswith(tuple(swapped)):  # of which all parameters differ
            yield f"{key} {_shown(values[0])}, now {_shown(values[1])}"


def _shown(value: Any) -> str:
    return "not set" if value is None else str(value)
