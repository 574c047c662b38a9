"""The distance of power spectra."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric

from .mel import frame_of, magnitudes

SILENT = 1e-6  # of the loudest frequency: 60 dB below it


class SpectralDistance(Metric):
    """By how many decibels the mean power of generated waves is off, averaged over frequencies.

    Spectra are those of Hann windows of about a 40th of a second, half of it apart, averaged over time, channels and
    waves (P. D. Welch, 1967). What lies 60 dB below the loudest frequency of the real waves is silence: that much is
    added to both before they are compared. 0 for two sets that are equally loud at each frequency, whatever sounds
    together or after each other in a wave.

    Args:
        rate: samples a second.
        length: samples of a window.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"power"})
    positive: ClassVar[bool] = True

    def __init__(self, *, rate: int, length: int) -> None:
        self._frame = frame_of(rate, length)

    def look(self, sample: Tensor, target: Tensor | None) -> dict[str, Tensor]:
        """Return the mean power of each wave at each frequency, ``(B, frame / 2 + 1)``."""
        if sample.ndim != 3:
            raise MetricError(f"spectral-distance looks at waves (B, C, T), not at samples of {tuple(sample.shape)}")
        window = torch.hann_window(self._frame, device=sample.device)
        return {"power": magnitudes(sample.float(), window, self._frame // 2, power=2).mean(dim=(1, 3))}

    def label(self, extractor: str) -> str:
        """Return the title, which names no extractor."""
        return "spectra dB"

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Keep the mean over the waves."""
        return {"power": seen["power"].double().mean(0)}

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """At least 0, in dB; the lower the better."""
        made, there = fake["power"].cpu(), real["power"].cpu()
        silence = SILENT * float(there.max())
        if silence <= 0:
            raise MetricError("spectral-distance compares with real waves that are silent throughout: take others")
        return float((10 * ((made + silence) / (there + silence)).log10()).abs().mean())
