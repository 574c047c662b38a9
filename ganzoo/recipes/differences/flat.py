"""All that a recipe plays, as plain values by dotted key, and two recipes side by side. Imports no torch by itself."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...errors import GanzooError
from ...registry.registry import Registry
from ..provenance.revisions import named_parts
from ..recipe import Optimizer, Recipe
from ..schema.fields import plain

PLAYERS = ("g_optimizer", "d_optimizer")


@dataclass(frozen=True)
class Value:
    """The value of a key in one recipe.

    Attributes:
        value: plain; None where it is not known.
        given: the recipe gives it; else it is a default.
        known: False for the default of a part that cannot be imported here.
    """

    value: Any
    given: bool = True
    known: bool = True


def flat(recipe: Recipe) -> dict[str, Any]:
    """Return what a recipe gives, by dotted key; a part's own key has its name, ``regularizers`` the names of all."""
    found: dict[str, Any] = {key: getattr(recipe, key) for key in ("conditional", "flips", "dequantize")}
    parts = [(before, part) for before, _, part in _parts(recipe)]
    for before, part in parts[:3]:
        found |= {before: part.name, **_below(before, part.params)}
    found["regularizers"] = [part.name for part in recipe.regularizers]
    for before, part in parts[3:]:
        found |= _below(before, part.params)
    for player in PLAYERS:
        optimizer: Optimizer = getattr(recipe, player)
        written = {key: value for key, value in optimizer.written().items() if key != "scale"}
        found |= _below(player, written) | _below(f"{player}.scale", optimizer.scale)
    found |= _below("schedule", recipe.schedule.written())
    if not recipe.conditional:
        found.pop("schedule.labels", None)  # which decide nothing
    return found


def side_by_side(one: Recipe, other: Recipe, registry: Registry) -> Iterator[tuple[str, Value | None, Value | None]]:
    """Yield each key that one of two recipes gives, with the values of both.

    What only one of them gives has its default in the other; for that, parts are imported. None stands for a key that
    the other has not: a parameter of another part.

    Args:
        one: a recipe.
        other: that it is compared with.
        registry: knows the parts of both.
    """
    ours, theirs = flat(one), flat(other)
    for key in dict.fromkeys((*ours, *theirs)):
        yield (
            key,
            Value(ours[key]) if key in ours else _default(one, key, registry),
            Value(theirs[key]) if key in theirs else _default(other, key, registry),
        )


def _below(before: str, values: dict[str, Any]) -> dict[str, Any]:
    return {f"{before}.{name}": value for name, value in plain(values).items()}


def _parts(recipe: Recipe) -> Iterator[tuple[str, str, Any]]:
    """Yield the dotted key, the kind and the part of each; generator, discriminator and loss first."""
    for kind, part in named_parts(recipe):
        yield (f"regularizers.{part.name}" if kind == "regularizer" else kind), kind, part


def _default(recipe: Recipe, key: str, registry: Registry) -> Value | None:
    before, _, name = key.rpartition(".")
    if before == "schedule":
        return Value(plain(getattr(recipe.schedule, name)), given=False)
    player, between, weights = key.partition(".scale.")
    if between and player in PLAYERS:
        return Value(getattr(recipe, player).factor(weights), given=False)
    try:
        takes = _signature(recipe, before, registry)
    except (GanzooError, TypeError, ValueError):  # a part that there is no more, or that Python cannot tell of
        return Value(None, given=False, known=False)
    found = takes.get(name)
    return Value(plain(found.default), given=False) if found is not None and found.default is not found.empty else None


def _signature(recipe: Recipe, before: str, registry: Registry) -> dict[str, inspect.Parameter]:
    """Return what the part or optimizer at a key takes; nothing where the recipe has none there."""
    if before in PLAYERS:
        from ..building.optimizer import optimizer_class

        return dict(inspect.signature(optimizer_class(getattr(recipe, before).name)).parameters)
    for at, kind, part in _parts(recipe):
        if at == before:
            return dict(inspect.signature(registry.get(kind, part.name).load()).parameters)
    return {}
