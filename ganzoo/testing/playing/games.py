"""A whole game on noise, with small batches, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

import torch
from torch import Tensor

from ...interfaces import Modality, Turn
from ...recipes.building.build import build_parts
from ...recipes.changing import some_budget
from ...recipes.provenance.revisions import named_parts
from ...recipes.recipe import Recipe
from ...registry.registry import Registry
from ...samples import leaves
from ...training import Trainer
from ..findings import listed, require
from ..fixtures.data import BATCH, alike, example_rows

STEPS = 2
ROWS = 20

State = tuple[dict[str, Tensor], list[dict[str, Tensor]]]


@dataclass(frozen=True)
class Game:
    """A recipe on an example of some data, with small batches."""

    recipe: Recipe
    registry: Registry
    modality: Modality
    batch: int = BATCH

    def in_order(self, order: str) -> Game:
        """Make the same game in another order of moves."""
        return replace(self, recipe=self.recipe.model_copy(update={"schedule": self._schedule(order=order)}))

    def _schedule(self, **changes: Any) -> Any:
        return self.recipe.schedule.model_copy(update=changes)

    def without_regularizers(self) -> Game:
        """Make the same game with nothing but its loss."""
        return replace(self, recipe=self.recipe.model_copy(update={"regularizers": type(self.recipe.regularizers)()}))

    def trainer(self, batch: int | None = None, **how: Any) -> Trainer:
        """Make a trainer at its beginning; ``how``: the device, the ranks and other arguments of a ``Trainer``.

        The steps are the first of a run of 200 kimg, or of as many as the recipe's places fit in: see ``some_budget``.
        """
        recipe = self.recipe.model_copy(update={"schedule": self._schedule(batch=batch or self.batch)})
        parts = build_parts(recipe, self.registry, modality=self.modality, seed=0)
        rows = example_rows(self.modality, ROWS)
        how = {"budget": some_budget(recipe), **how}
        return Trainer(recipe, parts, rows, modality=self.modality, seed=0, **how)


def play(trainer: Trainer, steps: int = STEPS) -> State:
    """Play on; gives a copy of all state after it, and the losses of each step."""
    losses = [{key: value.clone() for key, value in trainer.step().items()} for _ in range(steps)]
    return {key: value.detach().clone() for key, value in trainer.state()[0].items()}, losses


def differing(a: State, b: State) -> list[str]:
    """List where two states, or the losses on the way to them, are not the same bit for bit."""
    (x, losses), (y, others) = a, b
    names = [key for key in x.keys() | y.keys() if key not in x or key not in y or not _same(x[key], y[key])]
    if any(not _same(one[key], two[key]) for one, two in zip(losses, others, strict=True) for key in one):
        names.append("the losses")
    return sorted(names)


def _same(a: Tensor, b: Tensor) -> bool:
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    bits = [t.contiguous().reshape(-1).view(torch.uint8) for t in (a, b)]  # NaN is the same as itself
    return torch.equal(*bits)


def some(names: list[str]) -> str:
    """Join the first names for a finding, and say how many more there are."""
    return listed(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _require_scalar(what: str, value: Any, *, optional: bool) -> None:
    if value is None and optional:
        return
    require(
        isinstance(value, Tensor), f"{what} gives a {type(value).__name__}, and must give a tensor without dimensions"
    )
    require(
        value.ndim == 0, f"{what} gives a tensor of shape {tuple(value.shape)}, and must give one without dimensions"
    )
    require(value.is_floating_point(), f"{what} gives {value.dtype}, and must give floating point")
    try:
        finite = bool(value.isfinite())
    except RuntimeError:  # rows that torch.func differentiates at once have no single value
        return
    require(finite, f"{what} is {value.item()}, which is not finite")


def _spy(part: Any, label: str, method: str, look: Callable[[str, Any, Any], None]) -> None:
    """Look at what a method takes and gives, from now on."""
    original = getattr(part, method)

    @wraps(original)
    def looked_at(argument: Any) -> Any:
        value = original(argument)
        look(f"{method} of {label}", argument, value)
        return value

    setattr(part, method, looked_at)


def scrutinise(trainer: Trainer, labels: dict[str, str]) -> None:
    """Let every term's values be looked at while the game is played."""

    def scalar(what: str, _: Any, value: Any) -> None:
        _require_scalar(what, value, optional=False)

    def penalty(what: str, _: Any, value: Any) -> None:
        _require_scalar(what, value, optional=True)

    def view(what: str, x: Any, value: Any) -> None:
        kept = alike(x, value) and all(a.dtype == b.dtype for a, b in zip(leaves(x), leaves(value), strict=True))
        require(kept, f"{what} does not give samples of the shape and dtype that it took")

    def recast(what: str, turn: Turn, value: Any) -> None:
        require(isinstance(value, Turn), f"{what} gives a {type(value).__name__}, and must give a turn")
        require(value.player == turn.player, f"{what} gives a turn of the other player")

    for method in ("d_loss", "g_loss"):
        _spy(trainer.parts.loss, labels["loss"], method, scalar)
    for i, regularizer in enumerate(trainer.parts.regularizers):
        looks: dict[str, Callable[[str, Any, Any], None]]
        looks = {"d_penalty": penalty, "g_penalty": penalty, "view": view, "recast": recast}
        for method, look in looks.items():
            _spy(regularizer, labels[f"regularizer.{i}"], method, look)


def labels_of(trainer: Trainer) -> dict[str, str]:
    """Name each part for errors."""
    named = named_parts(trainer.recipe)
    return {key: f"{kind} {part.name!r}" for key, (kind, part) in zip(trainer.parts.modules(), named, strict=True)}


def parameters_of(module: torch.nn.Module) -> dict[str, Tensor]:
    """Copy a network's parameters, by name."""
    return {key: p.detach().clone() for key, p in module.named_parameters()}


def moved(before: dict[str, Tensor], module: torch.nn.Module) -> list[str]:
    """List the parameters that are no longer what they were."""
    return [key for key, p in module.named_parameters() if not _same(before[key], p.detach())]
