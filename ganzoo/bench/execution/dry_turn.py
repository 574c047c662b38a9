"""A dry turn: a small step of a recipe on random images, before a bench begins, that finds batches it cannot play."""

import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...backend.out_of_memory import of_memory
from ...data import ImageSet
from ...errors import GanzooError
from ...interfaces.size import Size, sides, size_of
from ...interfaces.turn import Player
from ...recipes.build import Parts, build_parts
from ...recipes.recipe import Recipe
from ...recipes.revisions import named_parts
from ...registry.registry import Registry
from ...training import Trainer
from ...training.descent import Descent
from ...training.played_values import PlayedValues

# A batch is refused for its size or for what divides it, so that one of 8 to 31 which leaves the same remainder by 24
# (and so by 2, 3, 4, 6 and 8) stands for a large one; and images of 16 to 31 pixels for large ones.
_ALIKE, _LEAST = 24, 8
_LARGE = 32


def why_not_the_batch(recipe: Recipe, registry: Registry, images: ImageSet, budget: float | None) -> str:
    """Say in a sentence why a recipe cannot play its batch; give nothing where it can, or fails with any batch.

    A part that fails whatever the batch is told of by the run. Random streams are left as they were.

    Args:
        recipe: what is to be played; it fits the images.
        registry: knows the parts.
        images: that it is to be played on, of which only the shape is looked at.
        budget: kimg of the run, or None.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # which is the fastest for so little
    try:
        return _why_not(_Stage(recipe, registry, images, budget))
    finally:
        torch.set_num_threads(threads)


def _why_not(stage: "_Stage") -> str:
    recipe, images, batch = stage.recipe, stage.images, stage.recipe.schedule.batch
    small = next(stage.sizes())
    failed = stage.failure(small, _small(batch))
    if failed is not None and (small, _small(batch)) != (images.image_size, batch):
        failed = stage.failure(images.image_size, batch)
    if failed is None:
        return ""
    said = f"recipe {recipe.name!r} cannot play schedule.batch={batch}: {failed.where}"
    if isinstance(failed.error, GanzooError):  # it says what to do
        return f"{said}: {failed.error}"
    more = next((other for other in _next(batch) if stage.failure(small, other) is None), None)
    if more is None:
        return ""
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

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients."""
        for weight in self.param_groups[0]["params"]:
            weight.grad = None

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
    images: ImageSet
    budget: float | None

    def sizes(self) -> Iterator[Size]:
        """Give the sizes of images that the parts can be built for, the smallest first; that of the data is one."""
        height, width = self.images.height, self.images.width
        smaller: list[Size] = []
        while min(height, width) >= _LARGE and height % 2 == width % 2 == 0:
            height, width = height // 2, width // 2
            smaller.append(size_of(height, width))
        for size in reversed(smaller):
            try:
                self._parts(size)
            except GanzooError:
                continue
            yield size
        yield self.images.image_size

    def failure(self, size: Size, batch: int) -> "_Failure | None":
        """Play a step of so many images of this size; gives how it failed, or None.

        A lack of memory is no failure: it says nothing of the batch's size as such.
        """
        schedule = self.recipe.schedule.model_copy(update={"batch": batch, "d_steps": 1})
        recipe = self.recipe.model_copy(update={"schedule": schedule})
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the run will give them
            parts = self._parts(size)
            try:
                _Dry(recipe, parts, *self._noise(size, batch), seed=0, budget=self.budget).step()
            except Exception as error:
                return None if of_memory(error) else _Failure(error, self._where(error, parts))
        return None

    def _parts(self, size: Size) -> Parts:
        images = self.images
        return build_parts(
            self.recipe,
            self.registry,
            image_size=size,
            channels=images.channels,
            num_classes=len(images.classes),
            seed=0,
        )

    def _noise(self, size: Size, batch: int) -> tuple[Tensor, Tensor | None]:
        """Return random images at rest, and labels that go round where the data has some."""
        images = self.images
        shape = (batch, images.channels, *sides(size))
        pixels = torch.randn(shape) if images.points else torch.randint(0, 256, shape, dtype=torch.uint8)
        return pixels, torch.arange(batch) % len(images.classes) if images.classes else None

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
