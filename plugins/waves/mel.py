"""Spectrograms and bands of mels."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

_LINEAR = 3 / 200  # mels a Hz up to 1,000 Hz
_KNEE = 1000.0
_STEP = math.log(6.4) / 27  # of the logarithm, for each mel above


def mel_of(hertz: float) -> float:
    """Return the place on the mel scale of M. Slaney's Auditory Toolbox: linear to 1,000 Hz, logarithmic above."""
    return hertz * _LINEAR if hertz < _KNEE else _KNEE * _LINEAR + math.log(hertz / _KNEE) / _STEP


def hertz_of(mel: float) -> float:
    """Return the frequency at a place on the mel scale."""
    return mel / _LINEAR if mel < _KNEE * _LINEAR else _KNEE * math.exp(_STEP * (mel - _KNEE * _LINEAR))


def mel_bands(rate: int, n_fft: int, bands: int, lowest: float = 0.0, highest: float | None = None) -> Tensor:
    """Return triangles, equally wide in mels, as weights ``(bands, n_fft / 2 + 1)`` of the frequencies of a transform.

    Each triangle has the area 2 over Hz, as in M. Slaney's toolbox.

    Args:
        rate: samples a second.
        n_fft: samples of the transform.
        bands: how many.
        lowest: Hz at which the first begins.
        highest: Hz at which the last ends; None for half of the rate.
    """
    ends = mel_of(lowest), mel_of(rate / 2 if highest is None else highest)
    edges = [hertz_of(ends[0] + (ends[1] - ends[0]) * k / (bands + 1)) for k in range(bands + 2)]
    hertz = torch.arange(n_fft // 2 + 1, dtype=torch.float64) * rate / n_fft
    weights = []
    for low, middle, high in zip(edges, edges[1:], edges[2:], strict=False):
        triangle = torch.minimum((hertz - low) / (middle - low), (high - hertz) / (high - middle)).clamp(min=0)
        weights.append(triangle * 2 / (high - low))
    return torch.stack(weights).float()


def magnitudes(x: Tensor, window: Tensor, hop: int, power: int = 1) -> Tensor:
    """Return spectrograms ``(..., n_fft / 2 + 1, frames)`` of waves ``(..., T)``, one frame for each hop.

    Both ends are mirrored, by half of what a frame is longer than a hop.

    Args:
        x: float32, longer than that half.
        window: ``(n_fft,)``, by which each frame is multiplied.
        hop: samples from frame to frame.
        power: 1 for magnitudes, whose gradient is finite at 0, 2 for their squares.
    """
    n_fft = len(window)
    edge = (n_fft - hop) // 2
    flat = pad(x.reshape(-1, 1, x.shape[-1]), (edge, edge), mode="reflect")[:, 0]
    found = torch.view_as_real(torch.stft(flat, n_fft, hop, n_fft, window, center=False, return_complex=True))
    squared = found.square().sum(-1)
    made = squared if power == 2 else (squared + 1e-9).sqrt()
    return made.reshape(*x.shape[:-1], *made.shape[1:])


def frame_of(rate: int, length: int) -> int:
    """Return the samples of a frame: the power of 2 next above a 40th of a second, and no more than ``length``."""
    wanted = 2 ** math.ceil(math.log2(rate / 40))
    return int(max(16, min(wanted, 2 ** int(math.log2(length)))))
