"""Differences between a recipe and its published form, computed key by key. Does not import torch."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import safeyaml
from .fields import plain
from .published import Published
from .recipe import Optimizer, Part, Recipe

DEFAULT = "its default"  # of a parameter that one of the two does not give
UNSAID = "not said; as here"


@dataclass(frozen=True)
class Difference:
    """One key that the two play with different values.

    Attributes:
        key: dotted, such as ``regularizers.r1.weight``.
        here: the recipe's value, as a file writes it on one line.
        published: the published form's, likewise.
        source: of the published value.
    """

    key: str
    here: str
    published: str
    source: str


@dataclass(frozen=True)
class Comparison:
    """A recipe beside its published form.

    Attributes:
        differences: the keys whose values differ.
        equal: keys with a source whose values are the same.
        unsaid: keys that no published value speaks of, and that both play alike.
    """

    differences: tuple[Difference, ...]
    equal: tuple[str, ...]
    unsaid: tuple[str, ...]


def compare(recipe: Recipe, published: Recipe) -> Comparison:
    """Compare all that two forms of a recipe play.

    Args:
        recipe: with its block ``published``.
        published: its published form.
    """
    ours, theirs = dict(_flat(recipe)), dict(_flat(published))
    found: list[Difference] = []
    equal: list[str] = []
    unsaid: list[str] = []
    for key in dict.fromkeys((*ours, *theirs)):
        source = source_of(recipe.published, key)
        if key in ours and key in theirs and ours[key] == theirs[key]:
            (equal if source else unsaid).append(key)
        else:
            here, there = (safeyaml.inline(of[key]) if key in of else DEFAULT for of in (ours, theirs))
            found.append(Difference(key, here, there, source or UNSAID))
    return Comparison(tuple(found), tuple(equal), tuple(unsaid))


def source_of(published: Published | None, key: str) -> str | None:
    """Return the source of the published value of a key: its own, or that of the nearest key above it."""
    values = published.values if published else {}
    if f"{key}.name" in values:
        return values[f"{key}.name"].source
    if key == "regularizers" and key not in values:  # a source of what one of them is
        return next((value.source for name, value in values.items() if name.startswith("regularizers.")), None)
    steps = key.split(".")
    above = (".".join(steps[:length]) for length in range(len(steps), 0, -1))
    return next((values[name].source for name in above if name in values), None)


def _flat(recipe: Recipe) -> Iterator[tuple[str, Any]]:
    """Yield the values of a recipe by dotted key; a part's own key has its name."""
    yield "conditional", recipe.conditional
    yield "flips", recipe.flips
    yield "dequantize", recipe.dequantize
    for kind in ("generator", "discriminator", "loss"):
        yield from _part(kind, getattr(recipe, kind))
    yield "regularizers", [part.name for part in recipe.regularizers]
    for part in recipe.regularizers:
        yield from ((f"regularizers.{part.name}.{name}", value) for name, value in plain(part.params).items())
    for player in ("g_optimizer", "d_optimizer"):
        optimizer: Optimizer = getattr(recipe, player)
        yield from ((f"{player}.{name}", value) for name, value in optimizer.written().items())
    yield from ((f"schedule.{name}", value) for name, value in recipe.schedule.written().items())


def _part(key: str, part: Part) -> Iterator[tuple[str, Any]]:
    yield key, part.name
    yield from ((f"{key}.{name}", value) for name, value in plain(part.params).items())
