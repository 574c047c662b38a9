"""Differences between a recipe and its published form, key by key. Does not import torch by itself."""

from dataclasses import dataclass

from ...registry.registry import Registry
from .. import safeyaml
from ..recipe import Recipe
from ..schema.published import Published
from .flat import Value, side_by_side

DEFAULT = "its default"  # behind the value of a parameter that one of the two does not give
ABSENT = "absent"  # of a parameter that the part does not take
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


def compare(recipe: Recipe, published: Recipe, registry: Registry) -> Comparison:
    """Compare all that two forms of a recipe play.

    A parameter that one of them leaves at its default, and the other gives the same value, is no difference.

    Args:
        recipe: with its block ``published``.
        published: its published form.
        registry: knows the parts of both.
    """
    found: list[Difference] = []
    equal: list[str] = []
    unsaid: list[str] = []
    for key, ours, theirs in side_by_side(recipe, published, registry):
        source = source_of(recipe.published, key)
        if ours is not None and theirs is not None and ours.known and theirs.known and ours.value == theirs.value:
            (equal if source else unsaid).append(key)
        else:
            found.append(Difference(key, _shown(ours), _shown(theirs), source or UNSAID))
    return Comparison(tuple(found), tuple(equal), tuple(unsaid))


def _shown(value: Value | None) -> str:
    if value is None:
        return ABSENT
    if value.given:
        return safeyaml.inline(value.value)
    return f"{safeyaml.inline(value.value)}, {DEFAULT}" if value.known else DEFAULT


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
