"""The distance of mel spectrograms as a metric."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric

from .log_bands import LogBands


class MelError(Metric):
    """The mean absolute difference of log-mel spectrograms of each generated wave and the true one.

    In natural logarithms of magnitudes, so that 0.1 is about 10 %. See ``LogBands``; the floor, of real waves beside
    others at random, says what is wrong with a wave that has nothing to do with its condition.

    Source: arXiv:2010.05646, eq. 4.

    Args:
        rate: samples a second.
        length: samples of a window.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"mel-error"})
    paired: ClassVar[bool] = True
    positive: ClassVar[bool] = True

    def __init__(self, *, rate: int, length: int) -> None:
        self._mels = LogBands.of(rate, length)

    def look(self, sample: Tensor, target: Tensor | None) -> dict[str, Tensor]:
        """Return the error of each wave, ``(B, 1)``."""
        if target is None or sample.ndim != 3 or sample.shape != target.shape:
            raise MetricError("mel-error compares waves (B, C, T) with the true ones of the same conditions")
        apart = (self._mels(sample) - self._mels(target)).abs()
        return {"mel-error": apart.flatten(1).mean(1, keepdim=True)}

    def label(self, extractor: str) -> str:
        """Return the title, which names no extractor."""
        return "mel error"

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Keep the mean over the waves."""
        return {"error": torch.mean(seen["mel-error"].double())}

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """At least 0; the lower the better."""
        return float(fake["error"])
