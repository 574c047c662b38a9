"""The error of a cycle."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ganzoo.interfaces import Metric


class CycleError(Metric):
    """Mean absolute difference of pictures from those that belong to them, in grey levels from 0 to 255.

    Of ``back-a`` and ``back-b`` it is the error of the cycle: of what was translated there and back from what it was. A
    small one alone says little: translators that change nothing have one of 0.

    Source: arXiv:1703.10593, eq. 2, per pixel.
    """

    reads = frozenset({"error"})
    better = "lower"
    paired = True
    positive = True

    def look(self, sample: Tensor, target: Tensor | None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` uint8 and the pictures that belong to them -> ``error (B, 1)``."""
        assert target is not None  # which is so in a paired evaluation
        return {"error": (sample.float() - target.float()).abs().flatten(1).mean(1, keepdim=True)}

    def label(self, extractor: str) -> str:
        """``cycle error``, whatever the extractor."""
        return "cycle error"

    def states(self, n_fake: int, n_real: int) -> str:
        """State how many there are."""
        return f"mean over {n_fake:,} pictures, in grey levels of 255; the floor is that of random pairs of real ones"

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give each picture's error, ``(N, 1)``."""
        return {"error": seen["error"]}

    def spread(self, fake: dict[str, Tensor], real: dict[str, Tensor], halves: Sequence[Tensor]) -> float:
        """Take the standard error of the mean over the pictures."""
        errors = fake["error"].double()
        return float(errors.std() / len(errors) ** 0.5)

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Give the generated pictures' mean error."""
        return float(fake["error"].to(torch.float64).mean())
