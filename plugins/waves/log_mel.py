"""An extractor of waves that has nothing to learn."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from ganzoo.interfaces import Extractor

from .mel import frame_of, magnitudes, mel_bands

BANDS = 32
QUIETEST = 1e-5


class LogMel(Extractor):
    """Statistics of a wave's log-mel spectrogram: 96 features, three of each of 32 bands.

    A frame is the power of 2 of samples next above a 40th of a second (a window if that is shorter), a Hann window, and
    a quarter of it further the next. Bands are triangles on Slaney's mel scale from 0 Hz to half of the rate, summed
    over magnitudes; of each the natural logarithm is taken, at least that of 1e-5. Features are its mean over the
    frames, its standard deviation, and the mean over the second half less that over the first. Channels are averaged
    first.

    Nothing is learnt, so that the number says which bands are loud, how steadily and in which order, and no finer
    thing: phases are not seen, nor words.

    Args:
        weights: not taken: there are none.
        rate: samples a second.
        length: samples of a window.
    """

    version = "1"
    modality = "waves"
    classifies: ClassVar[bool] = False
    window: Tensor
    bands: Tensor

    def __init__(self, weights: Path | None = None, *, rate: int, length: int) -> None:
        super().__init__()
        frame = frame_of(rate, length)
        self.hop = frame // 4
        self.register_buffer("window", torch.hann_window(frame), persistent=False)
        self.register_buffer("bands", mel_bands(rate, frame, BANDS), persistent=False)
        self.eval()

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """``(B, C, T)`` float32 in [-1, 1] -> ``{"features": (B, 96)}`` float32."""
        bands = self.bands @ magnitudes(images.mean(1), self.window, self.hop)
        level = bands.clamp(min=QUIETEST).log()
        half = level.shape[2] // 2
        change = level[..., half:].mean(2) - level[..., :half].mean(2)
        return {"features": torch.cat([level.mean(2), level.std(2, correction=0), change], dim=1)}
