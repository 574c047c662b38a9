"""Waves: samples of sound in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganzoo.interfaces import Modality, Row, Rows
from ganzoo.samples import Sample

from .wav_file import PEAK


@dataclass(frozen=True)
class Waves(Modality):
    """Windows of waves: ``(B, channels, length)`` in [-1, 1], at ``rate`` samples a second.

    At rest the field ``x`` is pieces of at least ``length`` samples, ``(N, channels, T)``, int16 or float32 in [-1, 1].
    Each time a piece is dealt, a window of it is drawn, all of them alike; ``room``, ``(N,)`` int64, says by how many
    samples it may be shifted, where a piece ends before its row does. Judged are the first windows of the pieces.

    Args:
        length: samples of a window.
        channels: 1 for mono, 2 for stereo.
        rate: samples a second, Hz.
    """

    length: int = 256
    channels: int = 1
    rate: int = 8000

    name: ClassVar[str] = "waves"
    offered: ClassVar[frozenset[str]] = frozenset({"length", "channels", "rate"})
    extractor: ClassVar[str] = "log-mel"
    metrics: ClassVar[tuple[str, ...]] = ("spectral-distance", "fid")
    pictured: ClassVar[int] = 12
    endings: ClassVar[tuple[str, ...]] = (".wav",)

    def offers(self, *, conditional: bool) -> dict[str, Any]:
        """See ``Modality.offers``."""
        return {"length": self.length, "channels": self.channels, "rate": self.rate}

    def wider(self) -> tuple[tuple[str, Modality], ...]:
        """Return stereo, and a length that is no power of 4 times another."""
        return (("stereo", type(self)(channels=2)), ("windows of 300 samples", type(self)(length=300)))

    def window(self, row: Row, rng: torch.Generator) -> Tensor:
        """Draw a window of each piece, ``(B, channels, length)`` float32."""
        x = row["x"]
        most = x.shape[2] - self.length
        if most:
            shifts = row["room"] + 1 if "room" in row else most + 1
            u = torch.rand(len(x), device=x.device, generator=rng)
            start = (u * shifts).long().clamp(max=most)[:, None]
            at = start + torch.arange(self.length, device=x.device)
            x = x.gather(2, at[:, None].expand(-1, x.shape[1], -1))
        return to_unit(x)

    def play(
        self, row: Row, *, flips: bool, rng: torch.Generator, noise: torch.Generator | None = None
    ) -> tuple[Sample, Sample | None]:
        """See ``Modality.play``."""
        return self.window(row, rng), None

    def condition(self, row: Row) -> Sample | None:
        """See ``Modality.condition``: none."""
        return None

    def rest(self, sample: Sample) -> Sample:
        """Return waves in float32, cut to [-1, 1]."""
        assert isinstance(sample, Tensor)
        return sample.float().clamp(-1, 1)

    def target(self, row: Row) -> Sample:
        """See ``Modality.target``: the first window of each piece."""
        return to_unit(row["x"][..., : self.length])

    def example(self, n: int = 2) -> dict[str, Tensor]:
        """See ``Modality.example``: ramps, twice as long as a window."""
        ramp = torch.linspace(-9e3, 9e3, n * self.channels * 2 * self.length).to(torch.int16)
        return {"x": ramp.view(n, self.channels, 2 * self.length)}

    def described(self, fields: Mapping[str, Tensor]) -> str:
        """See ``Modality.described``, such as ``2,000 waves of 1,024 samples at 8,000 Hz (0.128 s), mono``."""
        sides = "mono" if self.channels == 1 else "stereo"
        seconds = f"{self.length / self.rate:.3g} s"
        return f"{len(fields['x']):,} waves of {self.length:,} samples at {self.rate:,} Hz ({seconds}), {sides}"

    def picture(self, fake: Sample, real: Sample | None, y: Sample | None) -> bytes | None:
        """Draw waveforms and spectrograms, generated beside real."""
        return self.drawn({"made": fake, "real": real})

    def picture_of_data(self, real: Sample, y: Sample | None) -> bytes | None:
        """Draw waveforms and spectrograms of real waves."""
        return self.drawn({"real": real})

    def drawn(self, sides: Mapping[str, Sample | None]) -> bytes:
        """Draw those sets of waves that are there, by what they are called."""
        from .drawn import waves_png

        return waves_png({name: x.cpu() for name, x in sides.items() if isinstance(x, Tensor)}, self.rate)

    def write(self, sample: Sample, path: Path) -> bool:
        """Write waves to one file ``.wav``, 16-bit PCM, one after another, an eighth of a second of silence between."""
        if path.suffix.lower() != ".wav":
            return False
        from .wav_file import write_wav

        assert isinstance(sample, Tensor)
        gap = torch.zeros(len(sample), self.channels, self.rate // 8)
        track = torch.cat([sample.float().cpu(), gap], dim=2).transpose(0, 1).flatten(1)
        write_wav(path, track[:, : -gap.shape[2] or None].numpy(), self.rate)
        return True

    @classmethod
    def read(cls, path: Path) -> Rows | None:
        """Read a file ``.wav`` or a folder of such; of one with folders ``train`` and ``test`` the first.

        Raises:
            DataError: a file is broken, or has another rate than the first.
        """
        return cls.of_files(path / "train" if _is_parted(path) else path)

    @classmethod
    def read_held_out(cls, path: Path) -> Rows | None:
        """Read the folder ``test`` beside a folder ``train``, of which nothing is trained on; None without them.

        Raises:
            DataError: as for ``read``, or a window or the rate is not that of the training data.
        """
        return cls.of_files(path / "test", like=path / "train") if _is_parted(path) else None

    @classmethod
    def of_files(cls, path: Path, like: Path | None = None) -> Rows | None:
        """Return the waves below a folder; None without any.

        Args:
            path: of a file or a folder.
            like: the folder whose windows, channels and rate are taken; None for those that suit the files.
        """
        from .folder import read_waves, wav_files

        files = wav_files(path)
        if not files:
            return None
        fields, length, channels, rate = read_waves(files, wav_files(like) if like else ())
        return Rows(cls(length=length, channels=channels, rate=rate), fields)


def to_unit(x: Tensor) -> Tensor:
    """Return samples at rest, int16 or float32, in [-1, 1]."""
    return x.float() / PEAK if x.dtype == torch.int16 else x.float()


def _is_parted(path: Path) -> bool:
    return (path / "train").is_dir() and (path / "test").is_dir()
