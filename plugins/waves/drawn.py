"""Waveforms and spectrograms as pictures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from ganzoo.drawing import GENERATED, INK, RULE, columns

from .mel import frame_of, magnitudes

HIGH, WIDE = 64, 192  # pixels of a drawing
SHOWN = 60.0  # dB from the loudest down to what is white


def waves_png(sides: Mapping[str, Tensor], rate: int) -> bytes:
    """Draw each wave and its spectrogram side by side, and sets of them beside each other, as the bytes of a PNG.

    Of a wave each column has the span of its samples, -1 below and 1 above; of its spectrogram low frequencies are
    below, and dark is loud, to 60 dB below the loudest place of the set.

    Args:
        sides: ``(N, C, T)`` in [-1, 1] on the CPU, by what they are called; of stereo the left channel is drawn.
        rate: samples a second.
    """
    shown: list[np.ndarray] = []
    titles: list[str] = []
    for name, x in sides.items():
        mono = x[:, 0].float()
        shown += [waveforms(mono), spectrograms(mono, rate)]
        titles += [f"{name}, {x.shape[-1] / rate:.2g} s", f"to {rate / 2000:g} kHz"]
    return columns(shown, titles)


def waveforms(x: Tensor) -> np.ndarray:
    """Draw waves ``(N, T)``: ``(N, 3, 64, 192)`` uint8."""
    edges = [round(k * x.shape[1] / WIDE) for k in range(WIDE + 1)]
    picture = np.full((len(x), 3, HIGH, WIDE), 255, np.uint8)
    picture[:, :, HIGH // 2] = np.array(RULE, np.uint8)[None, :, None]
    rows = torch.arange(HIGH)
    ink = np.array(GENERATED, np.uint8)
    for column in range(WIDE):
        # the sample behind joins on to the next column, so that steep waves stay lines
        piece = x[:, edges[column] : max(edges[column + 1], edges[column] + 1) + 1]
        top, low = (((1 - end) / 2 * (HIGH - 1)).round() for end in (piece.amax(1), piece.amin(1)))
        marked = ((rows >= top[:, None]) & (rows <= low[:, None])).numpy()
        picture[:, :, :, column] = np.where(marked[:, None], ink[None, :, None], picture[:, :, :, column])
    return picture


def spectrograms(x: Tensor, rate: int) -> np.ndarray:
    """Draw how loud each frequency of waves ``(N, T)`` is when: ``(N, 3, 64, 192)`` uint8."""
    n_fft = frame_of(rate, x.shape[1])
    power = magnitudes(x, torch.hann_window(n_fft), max(1, n_fft // 8), power=2)
    level = 10 * (power + 1e-12).log10()
    dark = (1 + (level - level.max()) / SHOWN).clamp(0, 1)
    sized = torch.nn.functional.interpolate(dark[:, None], (HIGH, WIDE), mode="bilinear", align_corners=False)
    shade = sized[:, 0].flip(1).numpy()[:, None]
    paper, ink = np.full((1, 3, 1, 1), 255.0), np.array(INK, float)[None, :, None, None]
    drawn: np.ndarray = np.rint(paper + shade * (ink - paper)).astype(np.uint8)
    return drawn
