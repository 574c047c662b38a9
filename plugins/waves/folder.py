"""Folders of WAV files as data at rest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ganzoo.errors import DataError

from .wav_file import PEAK, read_wav

LONGEST = 16384  # samples of a window; the next lengths are quarters of it
SHORTEST = 64
SILENT = 1.25  # times the usual length a window may have


def wav_files(path: Path) -> list[Path]:
    """Return the file itself, or those below a folder in the order of their names; none where there are none."""
    if path.is_file():
        return [path] if path.suffix.lower() == ".wav" else []
    return sorted(file for file in path.rglob("*") if file.suffix.lower() == ".wav" and file.is_file())


def window_of(lengths: Sequence[int]) -> int:
    """Return the length of a window: 16384, 4096, 1024, 256 or 64, the longest that most files fill to four fifths."""
    usual = sorted(lengths)[(len(lengths) - 1) // 2]
    window = LONGEST
    while window > SHORTEST and window > SILENT * usual:
        window //= 4
    return window


def read_waves(files: Sequence[Path], like: Sequence[Path] = ()) -> tuple[dict[str, np.ndarray], int, int, int]:
    """Read files of one rate and cut them into pieces.

    A piece has two windows, and each begins a window after the one before, so that every window of a file lies in one.

    Args:
        files: at least one.
        like: those whose windows, channels and rate are taken; none for those that suit the files.

    Returns:
        The fields ``x``, ``(N, C, T)`` int16 or float32, silent behind the end of a file, and ``room``, ``(N,)`` int64,
        by how many samples a window may be shifted in each; then the window's length, channels and rate.

    Raises:
        DataError: a file cannot be read or is too short, or has another rate than the first.
    """
    given, rate = _of_one_rate([*like, *files])
    waves, shaping = given[len(like) :], given[: len(like)] or given
    window, channels = window_of([wave.shape[1] for wave in shaping]), max(map(len, shaping))
    exact = all(wave.dtype == np.int16 for wave in waves)
    pieces, rooms = [], []
    for wave in waves:
        if len(wave) > channels:
            raise DataError(f"one of the held-out files in {files[0].parent} is stereo, and the others mono: mix it")
        whole = wave if len(wave) == channels else wave.repeat(channels, axis=0)
        if not exact and whole.dtype == np.int16:
            whole = whole.astype(np.float32) / PEAK
        for start in range(0, max(1, whole.shape[1] - window + 1), window):
            pieces.append(whole[:, start : start + 2 * window])
            rooms.append(max(0, pieces[-1].shape[1] - window))
    x = np.zeros((len(pieces), channels, max(window, *(one.shape[1] for one in pieces))), pieces[0].dtype)
    for row, piece in zip(x, pieces, strict=True):
        row[:, : piece.shape[1]] = piece
    return {"x": x, "room": np.array(rooms, np.int64)}, window, channels, rate


def _of_one_rate(files: Sequence[Path]) -> tuple[list[np.ndarray], int]:
    """Return what is in the files that are not empty, and their rate."""
    waves, rates = zip(*map(read_wav, files), strict=True)
    for file, rate in zip(files, rates, strict=True):
        if rate != rates[0]:
            raise DataError(
                f"{files[0]} has {rates[0]:,} samples a second and {file} {rate:,}: nothing is resampled here; bring "
                f"all to one rate, such as by `ffmpeg -i in.wav -ar {rates[0]} out.wav`"
            )
    short = next((file for file, wave in zip(files, waves, strict=True) if wave.shape[1] < SHORTEST), None)
    if short is not None:
        raise DataError(f"{short} has fewer than {SHORTEST} samples: take it out, or a longer one in its place")
    return list(waves), rates[0]
