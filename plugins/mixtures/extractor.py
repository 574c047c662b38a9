"""Extractors of the mixtures' points."""

from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from ganzoo.errors import SetupError
from ganzoo.interfaces import Extractor

from .mixture import Mixture

REACH = 3.0  # standard deviations from its centre up to which a point counts for a mode


class _MixtureExtractor(Extractor):
    """Nothing is learnt: a file of the centres and of the standard deviation stands for weights.

    ``features`` are the points themselves. ``logits`` are the log-densities of the modes, up to a constant: minus the
    squared distance from each centre over twice the variance. A point counts for the mode of the nearest centre if
    that is less than three standard deviations away; for no mode otherwise. ``quality`` is 1 for those that count.

    Source: arXiv:1705.07761 (VEEGAN), sec. 4.1; arXiv:1712.04086 (PacGAN), sec. 4.1.

    Args:
        weights: a JSON file of ``std`` and ``centres``; None takes the one that ships.

    Raises:
        SetupError: the file is missing or unreadable, or has another number of centres.
    """

    version = "1"
    name: ClassVar[str]
    point = 2
    centres: Tensor

    def __init__(self, weights: Path | None = None) -> None:
        super().__init__()
        path = self.weights_path(weights)
        wrong = f"{path} does not hold the {self.modes} centres of the extractor {self.name}"
        try:
            mixture = Mixture.read(path)
        except (OSError, ValueError) as error:
            raise SetupError(wrong) from error
        if len(mixture.centres) != self.modes:
            raise SetupError(wrong)
        self.register_buffer("centres", torch.tensor(mixture.centres, dtype=torch.float32))
        self.std = mixture.std
        self.eval()

    @classmethod
    def weights_path(cls, given: Path | None) -> Path:
        """``given``, or the file that ships beside this module."""
        return given or Mixture.path(cls.name)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """``(B, 2, 1, 1)`` float32 -> ``features (B, 2)``, ``logits (B, K)``, ``mode`` and ``quality (B, 1)``."""
        points = images.flatten(1)
        # Not by cdist, whose matrix product would cancel the digits that matter next to a centre.
        distances = torch.linalg.vector_norm(points[:, None] - self.centres, dim=2)
        nearest, mode = distances.min(dim=1, keepdim=True)
        counts = nearest < REACH * self.std
        far = torch.finfo(distances.dtype).min  # instead of minus infinity, where squares would overflow
        return {
            "features": points,
            "logits": (-0.5 * (distances / self.std).square()).clamp(min=far),
            "mode": torch.where(counts, mode, -1).float(),
            "quality": counts.float(),
        }


class RingExtractor(_MixtureExtractor):
    """Points of ``ring``: 8 modes."""

    name = "ring"
    modes = 8


class GridExtractor(_MixtureExtractor):
    """Points of ``grid``: 25 modes."""

    name = "grid"
    modes = 25
