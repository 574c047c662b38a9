"""A trained generator with what is known of it: all that a model is made of, wherever it was opened from."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace

import torch

from ..backend.precision import without_tf32
from ..bench.runs.generating.session import PICTURES
from ..data import version1
from ..errors import GanzooError
from ..interfaces import Generator, MappedGenerator, Modality, Row
from ..layers.blocks.noise import held_noise
from ..recipes.recipe import Recipe
from ..samples import Sample, each, leaves
from ..seeds import stream
from ..text import uncounted
from ..training.execution.layers import seeded_layers
from .numbers import Numbers
from .provenance import Provenance
from .version1 import shape_of


@dataclass(frozen=True)
class Trained:
    """A trained generator, and all that is known of it without its data.

    Attributes:
        generator: the one that is evaluated, which is the average where the recipe keeps one; in evaluation mode,
            its parameters without gradients.
        recipe: that it was trained by.
        name: of the recipe, variants included.
        source: where it was opened from, for people.
        modality: of its samples.
        classes: names of the classes of its data, by index; empty without labels.
        counts: how many training images each class had, by index; empty where that is not known.
        data: name of the data set.
        step: steps of the game that were played; None where that is not known.
        kimg: thousand real images that D had been shown; None where that is not known.
        numbers: of the last evaluation; None where there was none.
        threads: of torch on the CPU, with which it was evaluated; None where that is not known.
        fields: gives its data at rest by name; asked with ``held_out=True`` those held out, if any are. It raises a
            DataError or a SetupError where they are not at hand; None for a generator whose data is not known.
        provenance: all that an export tells beside this; None where it is not known.
    """

    generator: Generator
    recipe: Recipe
    name: str
    source: str
    modality: Modality
    classes: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    data: str = ""
    step: int | None = None
    kimg: float | None = None
    numbers: Numbers | None = None
    threads: int | None = None
    fields: Callable[..., Row] | None = None
    provenance: Provenance | None = None

    @property
    def device(self) -> torch.device:
        """The place of the generator."""
        return next(self.generator.parameters()).device

    @property
    def described(self) -> str:
        """The samples for people, such as ``images of 32x32x3``."""
        return uncounted(self.modality.described(self.modality.example()))

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape ``(C, H, W)`` of an image or a point; zeros of any other modality."""
        return shape_of(self.modality)

    @property
    def channels(self) -> int:
        """Channels of images; of points, how many numbers each has."""
        return self.shape[0]

    @property
    def height(self) -> int:
        """Height of images, in pixels."""
        return self.shape[1]

    @property
    def width(self) -> int:
        """Width of images, in pixels."""
        return self.shape[2]

    @property
    def points(self) -> bool:
        """It makes points."""
        return version1.are_points(self.modality.name)

    @property
    def conditional(self) -> bool:
        """The generator is told labels."""
        return self.recipe.conditional

    @property
    def mapped(self) -> MappedGenerator | None:
        """The generator, where it maps latents to styles first; None for any other.

        None for one that samples in a way of its own, too: what styles make is then not what is judged.
        """
        G = self.generator
        return G if isinstance(G, MappedGenerator) and type(G).sample is Generator.sample else None

    def on(self, device: torch.device | str) -> Trained:
        """Return the same with its generator moved to a device."""
        return replace(self, generator=self.generator.to(device))

    def at_rest(self, make: Callable[[], Sample], *, part: int = 0, held: bool = True) -> Sample:
        """Generate as evaluations do: without TF32, and with random layers that draw from a stream of their own.

        Args:
            make: gives a batch of samples as they play.
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
        if not all(bool(tensor.isfinite().all()) for tensor in leaves(made)):
            at = "" if self.step is None else f" at step {self.step}"
            raise GanzooError(f"{self.source}: the generator's {self.modality.plural} hold NaN or infinite values{at}")
        rested: Sample = each(lambda tensor: tensor.cpu(), self.modality.rest(made))
        return rested
