"""The modality of a wave that is made from its mel spectrogram."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganzoo.errors import DataError
from ganzoo.interfaces import Modality, Row, Rows
from ganzoo.samples import Sample

from .log_bands import LogBands
from .modality import Waves


@dataclass(frozen=True)
class FromMel(Waves):
    """Windows of waves, each to be made from its log-mel spectrogram: the condition, ``(B, bands, length / hop)``.

    It is computed while the waves play, so that nothing is stored twice: see ``LogBands``. Of stereo the bands of the
    left channel come first.

    Source: arXiv:2010.05646, sec. 3, where 22,050 Hz have frames of 1,024 samples, a hop of 256 and 80 bands, as here.

    Args:
        length: samples of a window, a multiple of the hop.
        channels: see ``Waves``.
        rate: see ``Waves``.
    """

    name: ClassVar[str] = "from-mel"
    called: ClassVar[str] = "waves"
    offered: ClassVar[frozenset[str]] = Waves.offered | {"bands", "hop"}
    metrics: ClassVar[tuple[str, ...]] = ("mel-error", "spectral-distance", "fid")
    judged_as: ClassVar[str] = "waves"

    @property
    def mels(self) -> LogBands:
        """Gives the spectrogram."""
        return LogBands.of(self.rate, self.length)

    def offers(self, *, conditional: bool) -> dict[str, Any]:
        """See ``Modality.offers``: ``bands`` of all channels, 0 where players are shown no conditions, and ``hop``."""
        bands = self.mels.bands * self.channels if conditional else 0
        return super().offers(conditional=conditional) | {"bands": bands, "hop": self.mels.hop}

    def wider(self) -> tuple[tuple[str, Modality], ...]:
        """Return stereo."""
        return (("stereo", type(self)(channels=2)),)

    def given(self, x: Tensor) -> Tensor:
        """Return the spectrograms of waves ``(B, C, length)``: ``(B, bands, frames)``."""
        return self.mels(x).flatten(1, 2)

    def play(
        self, row: Row, *, flips: bool, rng: torch.Generator, noise: torch.Generator | None = None
    ) -> tuple[Sample, Sample | None]:
        """See ``Modality.play``."""
        x = self.window(row, rng)
        return x, self.given(x)

    def condition(self, row: Row) -> Sample | None:
        """See ``Modality.condition``: the spectrograms of the first windows."""
        target = self.target(row)
        assert isinstance(target, Tensor)
        return self.given(target)

    def picture(self, fake: Sample, real: Sample | None, y: Sample | None) -> bytes | None:
        """Draw waveforms and spectrograms, what was made beside what is true."""
        return self.drawn({"made": fake, "true": real})

    @classmethod
    def read(cls, path: Path) -> Rows | None:
        """Leave files to the modality ``waves``, of which this one is made."""
        return None

    @classmethod
    def read_held_out(cls, path: Path) -> Rows | None:
        """Leave files to the modality ``waves``."""
        return None

    @classmethod
    def of(cls, rows: Rows) -> Rows | None:
        """Take waves; None for data of anything else.

        Raises:
            DataError: a window is no whole number of hops.
        """
        waves = rows.modality
        if not isinstance(waves, Waves):
            return None
        made = cls(length=waves.length, channels=waves.channels, rate=waves.rate)
        if made.length % made.mels.hop:
            raise DataError(
                f"a window has {made.length:,} samples, no multiple of the {made.mels.hop} from frame to frame of its "
                "spectrogram: take windows of a power of 2"
            )
        return Rows(made, rows.fields)
