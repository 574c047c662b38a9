"""Waves made by a formula."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ganzoo.interfaces import Dataset, Rows

from .modality import Waves
from .wav_file import PEAK

RATE, SAMPLES, WINDOW = 8000, 2048, 1024
TRAIN, HELD_OUT = 2000, 500
LOWEST, OCTAVES = 125.0, 4.0  # Hz, and from there up: to 2,000 Hz
# Fractional parts of multiples of these, roots of whole numbers, are evenly spread, and nothing has to be drawn.
_STEPS = np.sqrt(np.array([2.0, 3.0, 5.0, 7.0, 11.0, 13.0]))


def tone_mixtures(first: int, count: int) -> np.ndarray:
    """Return mixtures ``first``, ``first + 1``, ...: ``(count, 1, 2048)`` int16, 8,000 a second.

    With ``u`` the fractional parts of i times the roots of 2, 3, 5, 7, 11 and 13, mixture i is
    a [s(f1) + s(f2)] / 2, and s a sine from the phases 2 pi u3 and 2 pi u4. f1 = 125 x 2^(4 u1) Hz and f2 = 125 x
    2^(4 u2) Hz; of every second mixture f2 moves to 125 x 2^(4 u5) Hz, at equal octaves a second. a = 0.5 + 0.4 u6.
    """
    i = np.arange(first, first + count)[:, None]
    u = (i * _STEPS) % 1.0
    t = np.arange(SAMPLES) / RATE
    one, two, there = (LOWEST * 2.0 ** (OCTAVES * u[:, k, None]) for k in (0, 1, 4))
    moved = np.where(i % 2 == 1, there / two, 1.0)
    slope = np.log(moved) / (SAMPLES / RATE)  # of the logarithm of the frequency
    still = np.abs(slope) < 1e-9
    turns = np.where(still, two * t, two * np.expm1(slope * t) / np.where(still, 1.0, slope))
    wave = np.sin(2 * np.pi * (one * t + u[:, 2, None])) + np.sin(2 * np.pi * (turns + u[:, 3, None]))
    scaled = (0.5 + 0.4 * u[:, 5, None]) / 2 * wave
    pcm: np.ndarray = np.rint(scaled * PEAK).astype(np.int16)[:, None]
    return pcm


class Chirps(Dataset):
    """2,000 mixtures of two tones, a quarter of a second each at 8,000 samples a second; 500 more are held out.

    Both tones of every first mixture keep their pitch, and one of every second glides: see ``tone_mixtures``. They are
    computed when they are read, and windows of 1,024 samples are played.
    """

    samples = 1000

    def read(self, paths: Mapping[str, Path]) -> Rows:
        """Compute the mixtures; ``paths`` is empty."""
        return Rows(Waves(length=WINDOW, rate=RATE), {"x": tone_mixtures(0, TRAIN)})

    def read_held_out(self, paths: Mapping[str, Path]) -> Rows:
        """Compute those that are held out."""
        return Rows(Waves(length=WINDOW, rate=RATE), {"x": tone_mixtures(TRAIN, HELD_OUT)})
