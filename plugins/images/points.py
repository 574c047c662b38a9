"""Points as a modality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganzoo.drawing import scatter_png
from ganzoo.interfaces import Modality, Row
from ganzoo.samples import Sample, leaves

from .labels import class_indices


@dataclass(frozen=True)
class PointModality(Modality):
    """Points, each an "image" of one pixel. Fields: ``x``, ``(N, C, 1, 1)`` float32; with labels ``y``, ``(N,)`` int64.

    Points are not quantised and have no left and right: they play as they are.

    Attributes:
        channels: how many numbers each has.
        num_classes: how many labels there are; 0 for none.
    """

    name: ClassVar[str] = "points"
    called: ClassVar[str] = "points"
    offered: ClassVar[frozenset[str]] = frozenset({"image_size", "channels", "num_classes"})
    metrics: ClassVar[tuple[str, ...]] = ("fid",)
    pictured: ClassVar[int] = 2_500

    channels: int = 2
    num_classes: int = 0

    def offers(self, *, conditional: bool) -> dict[str, Any]:
        """Return ``image_size``, which is 1, ``channels`` and ``num_classes``, 0 where the game sees no labels."""
        return {"image_size": 1, "channels": self.channels, "num_classes": self.num_classes if conditional else 0}

    def play(
        self, row: Row, *, flips: bool, rng: torch.Generator, noise: torch.Generator | None = None
    ) -> tuple[Sample, Sample | None]:
        """Return a copy of the points, since what a turn was dealt is its own, and their labels."""
        return row["x"].to(torch.float32, copy=True), self.condition(row)

    def example(self, n: int = 2) -> dict[str, Tensor]:
        """Return points on a line, with the labels in turn."""
        x = torch.linspace(-1, 1, n * self.channels).view(n, self.channels, 1, 1)
        return {"x": x} | class_indices(n, self.num_classes)

    def described(self, fields: Mapping[str, Tensor]) -> str:
        """Return such as ``100,000 points of 2 numbers``."""
        return f"{len(fields['x']):,} points of {self.channels} numbers"

    def picture(self, fake: Sample, real: Sample | None, y: Sample | None) -> bytes | None:
        """Draw generated points over real ones."""
        points = _one(fake)
        return scatter_png(points.numpy(), (points[:0] if real is None else _one(real)).numpy())

    def picture_of_data(self, real: Sample, y: Sample | None) -> bytes | None:
        """Draw real points alone."""
        points = _one(real)
        return scatter_png(points[:0].numpy(), points.numpy())

    def arrays(self, sample: Sample) -> dict[str, Tensor]:
        """Return ``points``, float32 ``(N, C)``."""
        return {"points": _one(sample).flatten(1)}


def _one(points: Sample) -> Tensor:
    [tensor] = leaves(points)
    return tensor
