"""The trained generator as a program uses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..errors import GanzooError
from ..interfaces import Generator, Modality
from ..interfaces.size import size_of
from ..recipes.recipe import Recipe
from ..registry.discovery import Zoo
from ..text import short_number
from .exporting.export import Exported, Format, export
from .generation.at_hand import real_beside
from .generation.conditions import Labels, frequent_labels
from .generation.interpolation import Ends, Kind, Space, interpolate
from .generation.sampling import batches, sampled
from .numbers import Numbers
from .opening import opened
from .projections.losses import loss_for
from .projections.projecting import project
from .projections.projection import Projection
from .projections.target import target_of
from .sample_sets.samples import Samples
from .trained import Trained
from .version1 import require_images

if TYPE_CHECKING:
    from .projections.target import Target


def load(source: str | Path, device: str | None = None, *, zoo: Zoo | None = None) -> Model:
    """Open a trained generator, without its training data.

    Args:
        source: the folder of a run, or of a bench that holds one run; a folder that ``export`` wrote; the name of a
            generator that ships, such as ``digits-dcgan``; ``hf://user/name`` or ``hf://user/name@revision``.
        device: ``auto``, ``cpu``, ``mps``, ``cuda`` or ``cuda:N``; None for the one that it was trained on, or, where
            this machine lacks that, the best that there is.
        zoo: all parts; None to load those that the generator needs.

    Raises:
        GanzooError: the source is none that can be opened, or a part that the generator needs is not installed.
    """
    return Model(opened(source, device, zoo))


class Model:
    """A trained generator, and what is known of it.

    Its samples are functions of their latents: noise that a generator adds to its maps is the same for all, unless
    ``noise="drawn"``. The same call gives the same samples.

    Args:
        trained: the generator; ``ganzoo.load`` opens one.

    Attributes:
        trained: all that the model is made of.
    """

    def __init__(self, trained: Trained) -> None:
        self.trained = trained

    @property
    def generator(self) -> Generator:
        """The network: the average where the recipe keeps one, in evaluation mode, without gradients."""
        return self.trained.generator

    @property
    def recipe(self) -> Recipe:
        """The recipe that it was trained by."""
        return self.trained.recipe

    @property
    def name(self) -> str:
        """The recipe's name, variants included."""
        return self.trained.name

    @property
    def kind(self) -> str:
        """The name of the modality of its samples: ``images``, ``points`` or another."""
        return self.trained.modality.name

    @property
    def modality(self) -> Modality:
        """The nature of its samples."""
        return self.trained.modality

    @property
    def image_size(self) -> int | tuple[int, int]:
        """Height and width of its images in pixels; one number for a square, 0 for any other modality."""
        return size_of(self.trained.height, self.trained.width)

    @property
    def channels(self) -> int:
        """Channels of its images; of points, how many numbers each has; 0 for any other modality."""
        return self.trained.channels

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes that it can be asked for, by index; empty where it is told no labels."""
        return self.trained.classes if self.trained.conditional else ()

    @property
    def z_dim(self) -> int:
        """Length of a latent."""
        return self.trained.generator.z_dim

    @property
    def step(self) -> int | None:
        """Steps of the game that were played; None where that is not known."""
        return self.trained.step

    @property
    def kimg(self) -> float | None:
        """Thousand real images that the discriminator had been shown; None where that is not known."""
        return self.trained.kimg

    @property
    def numbers(self) -> Numbers | None:
        """The metrics of its last evaluation, with what they depend on; None where there was none."""
        return self.trained.numbers

    @property
    def device(self) -> torch.device:
        """The place of the generator."""
        return self.trained.device

    def to(self, device: str) -> Model:
        """Move the generator to a device; gives the model there, which shares the network."""
        from ..bench.runs.environment import devices

        return Model(self.trained.on(devices(str(device))[0]))

    def sample(
        self,
        n: int,
        y: Labels = None,
        seed: int = 0,
        truncation: float | None = None,
        *,
        batch: int | None = None,
        noise: str = "held",
    ) -> Samples:
        """Draw samples.

        The first ones are the same for any ``n``; with the default seed they are those of the run's own pictures.

        Truncation trades variety for quality. A generator with styles (StyleGAN2) draws them towards the mean style of
        their class: 0 is the mean, 1 changes nothing (arXiv:1812.04948, app. B). For any other with standard normal
        latents it is a threshold: values beyond it are drawn anew (arXiv:1809.11096, sec. 3.1). Latents of another
        distribution have no tails, and are refused.

        Args:
            n: how many.
            y: one class for all, by index or name, or one for each; None for class after class. A generator that is
                told something else than classes takes conditions as it plays, a tensor or tensors by name with one for
                each sample; or None for those of its data, row after row: of the rows held out, if any were.
            seed: of the noise.
            truncation: None for none.
            batch: how many are generated at once; None for as many as a run's picture shows.
            noise: ``held``, or ``drawn`` for each sample anew as metrics are taken.

        Raises:
            GanzooError: the generator cannot draw what is asked for.
        """
        held = _held(noise)
        return sampled(self.trained, n, y=y, seed=seed, truncation=truncation, batch=batch, held=held)

    def batches(
        self,
        n: int,
        y: Labels = None,
        seed: int = 0,
        truncation: float | None = None,
        *,
        batch: int | None = None,
        noise: str = "held",
    ) -> Iterator[Samples]:
        """Draw the same samples batch after batch, for numbers that do not fit into memory. See ``sample``."""
        return batches(self.trained, n, y=y, seed=seed, truncation=truncation, batch=batch, held=_held(noise))

    def over_real(self, samples: Samples) -> Samples:
        """Put as many real samples beside generated ones, where pictures of their modality show both.

        Where the data is gone that is logged, and the samples stay as they are. So do images.
        """
        return replace(samples, real=real_beside(self.trained, len(samples)))

    def training_labels(self, n: int, seed: int = 0) -> Tensor | None:
        """Draw ``n`` labels with the frequencies of the training set, for ``y``; None where it is told no labels."""
        return frequent_labels(self.trained, n, seed)

    def interpolate(
        self,
        seeds: Ends = (0, 1),
        steps: int = 9,
        y: Labels | tuple[int | str, int | str] = None,
        *,
        kind: Kind | None = None,
        space: Space | None = None,
        truncation: float | None = None,
    ) -> Samples:
        """Draw samples on the way from one latent to another, both ends among them; a grid shows a way in a row.

        A generator with styles goes straight from style to style. Any other goes along the great circle through its
        latents, with a length that goes from the one's to the other's (arXiv:1609.04468, sec. 2.1).

        Args:
            seeds: two seeds or more, whose neighbours are joined, or pairs of seeds. A seed stands for the first sample
                of it. Latents ``(z_dim,)``, such as those of projections, may stand in their place.
            steps: samples on each way.
            y: a class, or a list with one for each way; a tuple ``(one, other)`` goes from class to class, also with a
                single seed. None for class after class.
            kind: ``slerp`` along the great circle or ``lerp`` straight on; None for what is said above.
            space: through ``z`` or ``w``; None for what is said above.
            truncation: of styles, see ``sample``.

        Raises:
            GanzooError: the generator cannot draw what is asked for.
        """
        return interpolate(self.trained, seeds, steps=steps, y=y, kind=kind, space=space, truncation=truncation)

    def project(
        self,
        image: Target,
        steps: int = 500,
        *,
        y: Labels = None,
        restarts: int = 8,
        seed: int = 0,
        rate: float = 0.1,
        loss: str | None = None,
        extractor_weights: str | Path | None = None,
        zoo: Zoo | None = None,
    ) -> Projection:
        """Find the latent whose sample is nearest to an image, by gradient descent.

        The nearest of 512 samples are the beginnings. Adam moves the latent of each, or its style where the generator
        has styles, one for all layers (arXiv:1912.04958, app. D), and the one that came nearest is kept. Distances over
        pixels are mean squared differences over several scales; LPIPS is that of arXiv:1801.03924 through VGG-16, of
        images of 32 pixels a side and more.

        Args:
            image: path of a file, a picture of Pillow, a uint8 tensor ``(C, H, W)`` or array ``(H, W, C)``; of points,
                their numbers. Another size is cut and resized, which is logged.
            steps: of Adam.
            y: the class; None lets each beginning have that of its sample.
            restarts: how many beginnings.
            seed: of the samples that they are chosen from.
            rate: the learning rate.
            loss: ``pixels``, ``lpips`` or the name of an extractor with gradients; None for ``lpips`` where its weights
                are here and the images are large enough, else ``pixels``.
            extractor_weights: the file of its weights.
            zoo: the parts; None for all that are installed.

        Raises:
            GanzooError: the image cannot be read, or does not fit the generator.
            SetupError: the weights are missing.
        """
        require_images(self.trained, "a projection")
        target = target_of(self.trained, image)
        chosen = loss_for(self.trained, loss, extractor_weights, zoo)
        return project(self.trained, target, steps=steps, restarts=restarts, y=y, seed=seed, rate=rate, loss=chosen)

    def export(self, path: str | Path, format: Format | None = None, *, license: str = "") -> Exported:
        """Write the generator to take it elsewhere, whole or not at all.

        ``hub`` is a folder that ``ganzoo.load`` opens, with samples equal to the last digit: ``model.safetensors``,
        ``config.json``, a card ``README.md`` and a picture. ``pt2`` is a program that ``torch.export.load`` reads, and
        ``onnx`` a graph, both without ganzoo: latents ``z`` ``(B, z_dim)``, and labels ``y`` ``(B,)`` where it is told
        any, go in; samples ``(B, C, H, W)`` in [-1, 1] come out, for any ``B``. ``html`` is a page that draws in a
        browser, without a network. The last three are compared with the generator.

        Args:
            path: of the folder or file, which must not be there; such as ``x.pt2``, ``x.onnx`` or ``x.html``.
            format: ``hub``, ``pt2``, ``onnx`` or ``html``; None for the one of the path's ending, else ``hub``.
            license: of the generator, for the card, such as ``apache-2.0``.

        Raises:
            GanzooError: there is something at the path, or the generator cannot be written so.
            SetupError: a package is missing, the disk is full or the folder cannot be written.
        """
        return export(self.trained, path, format, license=license)

    def push_to_hub(self, repo_id: str, *, private: bool = False, license: str = "") -> str:
        """Put the generator on the hub as ``export`` writes it; gives the address that ``ganzoo.load`` opens.

        Args:
            repo_id: the repository, ``user/name``, which is made if it is not there.
            private: make it one that only its owner sees.
            license: of the generator, for the card.

        Raises:
            SetupError: huggingface_hub is not installed, or the hub cannot be reached or does not let this user.
        """
        from .exporting.pushing import push

        return push(self.trained, repo_id, private=private, license=license)

    @property
    def described(self) -> str:
        """Its samples for people, such as ``images of 32x32x3``."""
        return self.trained.described

    def __repr__(self) -> str:
        told = [self.described + (f" like {self.trained.data}" if self.trained.data else "")]
        told += [f"{len(self.classes):,} classes"] if self.classes else []
        told += [f"z_dim {self.z_dim:,}"]
        told += [f"step {self.step:,}"] if self.step is not None else []
        told += [f"{self.kimg:,.4g} kimg"] if self.kimg is not None else []
        told += [_told(self.numbers)] if self.numbers is not None else []
        return f"Model({self.name}: {', '.join(told)})"


def _told(numbers: Numbers) -> str:
    values = [f"{name} {short_number(value)}" for name, value in numbers.metrics.items() if value is not None]
    with_n = f"n {numbers.samples:,}" if numbers.samples else ""
    return f"{', '.join(values)} ({', '.join(filter(None, [numbers.extractor or '', with_n]))})"


def _held(noise: str) -> bool:
    if noise not in ("held", "drawn"):
        raise GanzooError(f"noise is 'held' or 'drawn', not {noise!r}")
    return noise == "held"
