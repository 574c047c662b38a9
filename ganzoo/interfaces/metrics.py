"""How images are judged: an extractor sees them, a metric compares what it saw."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Literal

from torch import Tensor, nn

from .data import File


class Extractor(nn.Module, ABC):
    """A frozen network that turns images into features and class logits.

    Built with ``weights``, the path of its weights file; with None it takes those that it ships.

    Of data whose modes are known it may give two more columns, each ``(B, 1)``: ``mode``, the number of the mode that
    an image counts for, from 0, or -1 for none; and ``quality``, 1 for an image of high quality and 0 for another.

    Attributes:
        weights: the file it needs when it ships none.
        version: changes whenever its preprocessing or its network does; part of a number's identity.
        point: of points, how many numbers each has; 0 for images.
        modes: how many modes it tells apart; 0 where it gives no ``mode``.
    """

    weights: ClassVar[File | None] = None
    version: ClassVar[str] = "1"
    point: ClassVar[int] = 0
    modes: ClassVar[int] = 0

    @abstractmethod
    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """What it sees of images, or of points.

        ``(B, C, H, W)`` uint8, any size, 1 or 3 channels -> ``{"features": (B, F), "logits": (B, K)}``, float32.
        One of points takes ``(B, point, 1, 1)`` float32 instead.
        """

    @classmethod
    @abstractmethod
    def weights_path(cls, given: Path | None) -> Path:
        """The file that holds the weights: ``given``, or the one that ships or was placed; it may not exist."""


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
        """What :meth:`Metric.summarise` gives for the whole set, up to rounding; asked for once, after the last batch.

        Raises:
            MetricError: the set is too small for it.
        """


class Metric(ABC):
    """One number that compares generated images with real ones.

    It is judged by ``summarise`` and ``compare``. One that needs no table of all that was seen may ``gather`` as well,
    and is then given its images batch by batch.

    Attributes:
        reads: what it needs of an extractor: ``features``, ``logits``, ``mode``, ``quality``.
        better: which end is the good one.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"features"})
    better: ClassVar[Literal["lower", "higher"]] = "lower"

    @abstractmethod
    def label(self, extractor: str) -> str:
        """The column's title, e.g. ``FID`` with ``inception`` and ``FD[digits]`` with ``digits``."""

    @abstractmethod
    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """What is kept of a set of images: ``{"features": (N, F), ...}`` -> named tensors."""

    def gather(self, n: int) -> Gatherer | None:
        """Takes in a set of ``n`` images as they are seen; None, the default, for a table of all that was seen.

        The table lies on the CPU, once for all metrics that want it, and is given to :meth:`summarise`.
        """
        return None

    @abstractmethod
    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """The number, from the summaries of generated and of real images.

        Args:
            fake: as :meth:`summarise` gave it, or the gatherer, which may have left it on the extractor's device.
            real: the same of the real images, on the CPU, where it was kept.

        Raises:
            MetricError: the sets are too small for it.
        """

    def picture(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> bytes | None:
        """A PNG of what is behind the number, kept beside the run's sample grids; None, the default, for none.

        Args:
            fake: as for :meth:`compare`.
            real: likewise.
        """
        return None
