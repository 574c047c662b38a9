"""Log-mel spectrograms as HiFi-GAN is given them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Self

import torch
from torch import Tensor

from .mel import frame_of, magnitudes, mel_bands

QUIETEST = 1e-5
HIGHEST = 8000.0  # Hz, or half of the rate
MOST = 80  # bands


@dataclass(frozen=True)
class LogBands:
    """Natural logarithms of the magnitudes of waves in bands of mels, at least that of 1e-5.

    Source: arXiv:2010.05646; jik876/hifi-gan, ``meldataset.py``: Hann windows, ends mirrored by half of a frame less a
        hop, bands from 0 to 8,000 Hz or half of the rate.

    Args:
        rate: samples a second.
        frame: samples of a frame.
    """

    rate: int
    frame: int

    @classmethod
    def of(cls, rate: int, length: int) -> Self:
        """Return those of windows of ``length`` samples: frames of a 40th of a second or a little more."""
        return cls(rate, frame_of(rate, length))

    @property
    def hop(self) -> int:
        """Samples from frame to frame."""
        return self.frame // 4

    @property
    def bands(self) -> int:
        """Number of bands: one for every 8 samples of a frame, 80 at most."""
        return min(MOST, self.frame // 8)

    def __call__(self, x: Tensor) -> Tensor:
        """Waves ``(..., T)`` in [-1, 1], T a multiple of the hop -> ``(..., bands, T / hop)`` float32."""
        window, bands = _on(x.device, self)
        return (bands @ magnitudes(x.float(), window, self.hop)).clamp(min=QUIETEST).log()


@cache
def _on(device: torch.device, of: LogBands) -> tuple[Tensor, Tensor]:
    """Window and bands; once for each device, because a turn that is replayed must not copy from the host."""
    highest = min(HIGHEST, of.rate / 2)
    with torch.inference_mode(False):
        return torch.hann_window(of.frame, device=device), mel_bands(of.rate, of.frame, of.bands, 0.0, highest).to(
            device
        )
