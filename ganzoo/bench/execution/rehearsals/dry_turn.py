"""A dry turn: a small step of a recipe on an example of the data, before a bench begins.

It finds batches that the recipe cannot play, and data that its parts cannot take.
"""

import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn

from ....backend.out_of_memory import of_memory
from ....data.version1 import is_one
from ....errors import GanzooError, PluginError
from ....interfaces import Modality
from ....interfaces.turn import Player
from ....recipes.building.build import Parts, build_parts
from ....recipes.provenance.revisions import named_parts
from ....recipes.recipe import Recipe
from ....registry.registry import Registry, describe
from ....training import Trainer
from ....training.updates.descent import Descent
from ....training.updates.played_values import PlayedValues

# A batch is refused for its size or for what divides it, so that one of 8 to 31 which leaves the same remainder by 24
# (and so by 2, 3, 4, 6 and 8) stands for a large one; and smaller samples for large ones.
_ALIKE, _LEAST = 24, 8


def broken(name: str) -> str:
    """Return the beginning of the sentence on a recipe one of whose parts breaks its interface, whatever the data."""
    return f"recipe {name!r} cannot be played: "


def why_not_the_batch(recipe: Recipe, registry: Registry, modality: Modality, budget: float | None) -> str:
    """Say in a sentence why a recipe cannot play its batch, or such data; give nothing where it can.

    A part that fails on images or points whatever the batch is told of by the run: it does so on any. Of other data it
    is said here, since the part may have been made for none of them. Random streams are left as they were.

    Args:
        recipe: what is to be played; it is built for the data.
        registry: knows the parts.
        modality: of the data that it is to be played on.
        budget: kimg of the run, or None.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # which is the fastest for so little
    try:
        return _why_not(_Stage(recipe, registry, modality, budget))
    finally:
        torch.set_num_threads(threads)


def _why_not(stage: "_Stage") -> str:
    recipe, modality, batch = stage.recipe, stage.modality, stage.recipe.schedule.batch
    small = next(stage.sizes())
    failed = stage.failure(small, _small(batch))
    if failed is not None and (small, _small(batch)) != (modality, batch):
        failed = stage.failure(modality, batch)
    if failed is None:
        return ""
    said = f"recipe {recipe.name!r} cannot play schedule.batch={batch}: {failed.where}"
    if isinstance(failed.error, PluginError):  # whatever the batch; it names the part, and says what to do
        return f"{broken(recipe.name)}{failed.error}"
    if isinstance(failed.error, GanzooError):  # it says what to do about the batch
        return f"{said}: {failed.error}"
    more = next((other for other in _next(batch) if stage.failure(small, other) is None), None)
    if more is None:
        told = f"recipe {recipe.name!r}: {failed.where} cannot take {modality.name}: {describe(failed.error)}"
        return "" if is_one(modality.name) else told
    return f"{said} fails on a batch of {batch}, and plays one of {more}; give schedule.batch={more}"


def _small(batch: int) -> int:
    """Return the smallest batch that stands for this one."""
    return batch if batch < _LEAST else _LEAST + (batch - _LEAST) % _ALIKE


def _next(batch: int) -> range:
    """Return the batches after this one, up to the second multiple of 8."""
    return range(batch + 1, 8 * (batch // 8 + 2) + 1)


class _Unmoved(torch.optim.Optimizer):
    """Takes gradients and moves nothing.

    The first optimizer of torch's own that a process makes imports torch's compiler, which takes seconds.
    """

    def __init__(self, weights: list[nn.Parameter]) -> None:
        self.param_groups = [{"params": weights}]

    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Do nothing."""


class _Resting(Descent):
    """Differentiates, and moves nobody."""

    def _optimizers(self, recipe: Recipe, changing: PlayedValues) -> dict[Player, torch.optim.Optimizer]:
        return {player: _Unmoved(weights) for player, weights in self.moves.items()}


class _Dry(Trainer):
    """Plays a step but for the moves."""

    moved_by = _Resting


@dataclass(frozen=True)
class _Failure:
    """An error in a step, and the part that it was raised in."""

    error: Exception
    where: str


@dataclass(frozen=True)
class _Stage:
    """A recipe, and what it is to be played on."""

    recipe: Recipe
    registry: Registry
    modality: Modality
    budget: float | None

    def sizes(self) -> Iterator[Modality]:
        """Give data that the parts can be built for, the smallest first; that of the run is one."""
        for smaller in self.modality.smaller():
            try:
                self._parts(smaller)
            except GanzooError:
                continue
            yield smaller
        yield self.modality

    def failure(self, modality: Modality, batch: int) -> "_Failure | None":
        """Play a step of so many samples of such data; gives how it failed, or None.

        A lack of memory is no failure: it says nothing of the batch's size as such.
        """
        schedule = self.recipe.schedule.model_copy(update={"batch": batch, "d_steps": 1})
        recipe = self.recipe.model_copy(update={"schedule": schedule})
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the run will give them
            parts = self._parts(modality)
            try:
                _Dry(recipe, parts, modality.example(batch), modality=modality, seed=0, budget=self.budget).step()
            except Exception as error:
                return None if of_memory(error) else _Failure(error, self._where(error, parts))
        return None

    def _parts(self, modality: Modality) -> Parts:
        return build_parts(self.recipe, self.registry, modality=modality, seed=0)

    def _where(self, error: Exception, parts: Parts) -> str:
        """Return the part in which an error was raised, and the layer of it."""
        of_recipe = zip(named_parts(self.recipe), parts.modules().values(), strict=True)
        named = {id(module): f"{kind} {part.name!r}" for (kind, part), module in of_recipe}
        part, layer = "", ""
        for frame, _ in traceback.walk_tb(error.__traceback__):
            here = frame.f_locals.get("self")
            if id(here) in named:
                part, layer = named[id(here)], ""
            elif isinstance(here, nn.Module):
                layer = type(here).__name__
        return " of ".join(filter(None, (layer, part))) or "a part"
