"""A trained generator with what is known of it: all that a model is made of, wherever it was opened from."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..backend.precision import without_tf32
from ..bench.runs.evaluation.generating import PICTURES
from ..data.pixels import to_rest
from ..errors import GanzooError
from ..interfaces import Generator, MappedGenerator
from ..layers.noise import held_noise
from ..recipes.recipe import Recipe
from ..seeds import stream
from ..training.layers import seeded_layers
from .numbers import Numbers
from .provenance import Provenance


@dataclass(frozen=True)
class Trained:
    """A trained generator, and all that is known of it without its data.

    Attributes:
        generator: the one that is evaluated, which is the average where the recipe keeps one; in evaluation mode,
            its parameters without gradients.
        recipe: that it was trained by.
        name: of the recipe, variants included.
        source: where it was opened from, for people.
        height: of the samples, in pixels; 1 for points.
        width: of the samples, in pixels; 1 for points.
        channels: of the samples; of points, how many numbers each has.
        points: it makes points, not images.
        classes: names of the classes of its data, by index; empty without labels.
        counts: how many training images each class had, by index; empty where that is not known.
        data: name of the data set.
        step: steps of the game that were played; None where that is not known.
        kimg: thousand real images that D had been shown; None where that is not known.
        numbers: of the last evaluation; None where there was none.
        threads: of torch on the CPU, with which it was evaluated; None where that is not known.
        real: gives so many of the real samples ``(N, C, H, W)`` at rest, or None where they are not at hand; None for
            a generator whose data is not known.
        provenance: all that an export tells beside this; None where it is not known.
    """

    generator: Generator
    recipe: Recipe
    name: str
    source: str
    height: int
    width: int
    channels: int
    points: bool = False
    classes: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    data: str = ""
    step: int | None = None
    kimg: float | None = None
    numbers: Numbers | None = None
    threads: int | None = None
    real: Callable[[int], Tensor | None] | None = None
    provenance: Provenance | None = None

    @property
    def device(self) -> torch.device:
        """The place of the generator."""
        return next(self.generator.parameters()).device

    @property
    def conditional(self) -> bool:
        """The generator is told labels."""
        return self.recipe.conditional

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape ``(C, H, W)`` of a sample."""
        return self.channels, self.height, self.width

    @property
    def mapped(self) -> MappedGenerator | None:
        """The generator, where it maps latents to styles first; None for any other."""
        return self.generator if isinstance(self.generator, MappedGenerator) else None

    def on(self, device: torch.device | str) -> Trained:
        """Return the same with its generator moved to a device."""
        return replace(self, generator=self.generator.to(device))

    def at_rest(self, make: Callable[[], Tensor], *, part: int = 0, held: bool = True) -> Tensor:
        """Generate as evaluations do: without TF32, and with random layers that draw from a stream of their own.

        Args:
            make: gives samples as they play, ``(B, C, H, W)``.
            part: number of the batch, which the random layers are seeded by.
            held: the noise that a generator adds to its maps is the same for all samples.

        Returns:
            The samples at rest, on the CPU.

        Raises:
            GanzooError: they are no longer numbers.
        """
        hold = held_noise(self.generator) if held else nullcontext()
        seed = stream(part, "layers", 1 + PICTURES)
        with torch.no_grad(), without_tf32(), hold, seeded_layers(seed, self.device):
            made = make()
        if not bool(made.isfinite().all()):
            what = "points" if self.points else "images"
            at = "" if self.step is None else f" at step {self.step}"
            raise GanzooError(f"{self.source}: the generator's {what} hold NaN or infinite values{at}")
        return to_rest(made, points=self.points).cpu()
