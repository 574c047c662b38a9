"""Extractors, which see samples, and metrics, which compare what was seen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from ..errors import MetricError
from .data import File


class Extractor(nn.Module, ABC):
    """A frozen network that turns images, or samples of another modality, into features and class logits.

    Built with ``weights``, the path of its weights file; with None it takes those that it ships, or has none. It is
    given those of the keywords that its data's modality offers (``Modality.offers``) which it names, too.

    Of data whose modes are known it may give two more columns, each ``(B, 1)``: ``mode``, the number of the mode that
    an image counts for, from 0, or -1 for none; and ``quality``, 1 for an image of high quality and 0 for another.

    Attributes:
        weights: the file it needs when it ships none.
        version: changes whenever its preprocessing or its network does; part of a number's identity.
        modality: of what it sees, by its registered name; one of another modality than the data's is refused.
        point: of points, how many numbers each has; 0 for images.
        modes: how many modes it tells apart; 0 where it gives no ``mode``.
        classifies: whether it gives ``logits``; one that knows no classes gives features alone.
        resizes: whether it sees images of any size, with as many features for each; one that does not judges sets of
            one size.
        differentiable: whether it is ``embedded`` with gradients.
        preprocessing: what is done to images before they are seen, in words; kept beside its numbers unless empty.
        substitute: registered name of the extractor that sees RGB images in its place where nobody named one and its
            weights cannot be had; None for none.
    """

    weights: ClassVar[File | None] = None
    version: ClassVar[str] = "1"
    modality: ClassVar[str] = "images"
    point: ClassVar[int] = 0
    modes: ClassVar[int] = 0
    classifies: ClassVar[bool] = True
    resizes: ClassVar[bool] = True
    differentiable: ClassVar[bool] = False
    preprocessing: ClassVar[str] = ""
    substitute: ClassVar[str | None] = None

    @abstractmethod
    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Return what it sees of images, or of points.

        ``(B, C, H, W)`` uint8, any size, 1 or 3 channels -> ``{"features": (B, F), "logits": (B, K)}``, float32.
        One of points takes ``(B, point, 1, 1)`` float32 instead; one of another modality what its ``judged`` gives.
        """

    def embedded(self, images: Tensor) -> Tensor:
        """Return the features ``(B, F)`` of images ``(B, C, H, W)`` in [-1, 1], with gradients, if ``differentiable``.

        Raises:
            MetricError: it is not, or does not see such images.
        """
        raise MetricError(f"{type(self).__name__} gives no gradients")

    @classmethod
    def holds_published(cls, path: Path) -> bool | None:
        """Tell whether a file without a published digest holds the published weights; None where nothing tells it."""
        return None

    @classmethod
    def weights_path(cls, given: Path | None) -> Path | None:
        """Return the file that holds the weights: ``given``, or the one that ships or was placed; it may not exist.

        None, the default, stands for an extractor that has no weights, such as one of raw pixels.
        """
        return None


class PublishedExtractor(Extractor):
    """An extractor whose ``weights`` are published as a file, and kept where torch keeps such files."""

    @classmethod
    def weights_path(cls, given: Path | None) -> Path:
        """``given``, or the file in torch's hub folder, where the libraries that fetch it put it too."""
        assert cls.weights is not None
        return given or Path(torch.hub.get_dir()) / "checkpoints" / cls.weights.name


@dataclass(frozen=True)
class OfClass:
    """A metric's number of one class alone.

    Attributes:
        value: the number.
        generated: how many generated samples it is of.
        real: how many real ones.
    """

    value: float
    generated: int
    real: int


class Gatherer(ABC):
    """Keeps of a set of images what a metric needs, while they are being seen, instead of all that was seen."""

    @abstractmethod
    def add(self, seen: dict[str, Tensor], places: Tensor) -> None:
        """Take in a batch: what the extractor saw of some images, in float32 and on its device.

        It should not wait for that device (no ``.item()``, no branch on a value): the next batch does not.

        Args:
            seen: ``{"features": (B, F), ...}``, what the metric ``reads``.
            places: ``(B,)`` int64 on the same device: which of the set's images these are. Each comes once, in batches
                of any size and in any order.
        """

    @abstractmethod
    def summary(self) -> dict[str, Tensor]:
        """Return what :meth:`Metric.summarise` gives for the whole set, up to rounding; asked for once, after the last
        batch.

        Raises:
            MetricError: the set is too small for it.
        """


class Metric(ABC):
    """One number that compares generated images with real ones.

    It is judged by ``summarise`` and ``compare``. One that needs no table of all that was seen may ``gather`` as well,
    and is then given its images batch by batch. It is built with those of the keywords that the data's modality offers
    which it names.

    Attributes:
        reads: what it needs of an extractor: ``features``, ``logits``, ``mode``, ``quality``; of the data ``label``,
            the class of each sample, ``(B, 1)``, of a generated one that which was asked for; and the columns of
            other names that its own ``look`` gives.
        better: which end is the good one; ``lower`` by default.
        positive: whether its numbers are above zero, as those of a distance or of a score: recipes are then compared by
            ratios, on the log. Leave it False for one that can be zero or below, such as a share or an unbiased
            estimate. Its numbers are told as they are either way.
        suffices: tensors of a summary of real images, in float64, that ``compare`` can do with: a file of statistics
            that another program made may hold these alone. Empty, the default, for all of them.
        paired: each generated image belongs to the real one of the same place, so that both sets have as many.
        least_of_class: of one that reads ``label``, how many samples of each class it needs, generated and real ones.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"features"})
    better: ClassVar[Literal["lower", "higher"]] = "lower"
    positive: ClassVar[bool] = False
    suffices: ClassVar[frozenset[str]] = frozenset()
    paired: ClassVar[bool] = False
    least_of_class: ClassVar[int] = 1

    def look(self, sample: Tensor, target: Tensor | None) -> dict[str, Tensor]:
        """Return columns of the metric's own, of samples at rest, ``(B, k)`` each; none by default.

        A metric whose ``reads`` are all columns of its own needs no extractor. Its columns are gathered, halved and
        summarised as an extractor's are, in float32, and two metrics may call theirs the same.

        Args:
            sample: one of the things that are judged (``Modality.judged``), ``(B, ...)``, generated or real, on the
                device.
            target: given to a ``paired`` metric alone: the real samples of the same rows. Beside generated samples
                they are those whose conditions were asked for; beside real ones, for the floor, others at random.

        Raises:
            MetricError: it cannot look at such samples.
        """
        return {}

    @abstractmethod
    def label(self, extractor: str) -> str:
        """Return the column's title, e.g. ``FID`` with ``inception`` and ``FD[digits]`` with ``digits``."""

    @abstractmethod
    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return what is kept of a set of images: ``{"features": (N, F), ...}`` -> named tensors."""

    def gather(self, n: int) -> Gatherer | None:
        """Gather a set of ``n`` images as they are seen; None, the default, for a table of all that was seen.

        The table is there once for all metrics that want it, and is given to :meth:`summarise`; it lies on the
        extractor's device where there is room for it, else on the CPU, and nobody may write to it.
        """
        return None

    def states(self, n_fake: int, n_real: int) -> str:
        """Return what a reader must know of the number, without its name: ``mean over 100 subsets of 898 images``.

        Args:
            n_fake: how many generated images there are.
            n_real: how many real ones.
        """
        return ""

    def spread(self, fake: dict[str, Tensor], real: dict[str, Tensor], halves: Sequence[Tensor]) -> float | None:
        """Return the number's standard error over the generated images, where it can be had for less than by default.

        None, the default, stands for the number of each half against the real images, and the standard deviation of
        these about their mean; what is given instead must estimate the same.

        Args:
            fake: as for :meth:`compare`.
            real: likewise.
            halves: places, ``(H,)`` int64 on the CPU, of the images in random halves of the generated set.
        """
        return None

    @abstractmethod
    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Return the number, from the summaries of generated and of real images.

        Args:
            fake: as :meth:`summarise` or the gatherer gave it, which may have left it on the extractor's device.
            real: the same of the real images, on the CPU, where it was kept.

        Raises:
            MetricError: the sets are too small for it.
        """

    def by_class(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> dict[int, OfClass]:
        """Return the numbers of single classes behind the one of ``compare``, by class index; none by default.

        Args:
            fake: as for :meth:`compare`, which has been asked before.
            real: likewise.

        Raises:
            MetricError: the sets are too small for it.
        """
        return {}

    def picture(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> bytes | None:
        """Return a PNG of what is behind the number, kept beside the run's sample grids; None, the default, for none.

        Args:
            fake: as for :meth:`compare`.
            real: likewise.
        """
        return None
