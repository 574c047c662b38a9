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

    Attributes:
        weights: the file it needs when it ships none.
        version: changes whenever its preprocessing or its network does; part of a number's identity.
    """

    weights: ClassVar[File | None] = None
    version: ClassVar[str] = "1"

    @abstractmethod
    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """What it sees of images.

        ``(B, C, H, W)`` uint8, any size, 1 or 3 channels -> ``{"features": (B, F), "logits": (B, K)}``, float32.
        """

    @classmethod
    @abstractmethod
    def weights_path(cls, given: Path | None) -> Path:
        """The file that holds the weights: ``given``, or the one that ships or was placed; it may not exist."""


class Metric(ABC):
    """One number that compares generated images with real ones.

    Attributes:
        reads: what it needs of an extractor: ``features``, ``logits`` or both.
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

    @abstractmethod
    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """The number, from the summaries of generated and of real images.

        Raises:
            MetricError: the sets are too small for it.
        """
