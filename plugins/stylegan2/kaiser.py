"""Low-pass filters: a sinc or jinc in a Kaiser window."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def kaiser_shape(taps: int, width: float) -> float:
    """Give the beta of the Kaiser window that gives a transition of this width with so many taps.

    Source: J. F. Kaiser, Nonrecursive digital filter design using the I0-sinh window function, 1974.

    Args:
        taps: of the filter, 2 or more.
        width: of the transition, as a part of half the sampling rate.
    """
    ripple = 2.285 * (taps - 1) * math.pi * width + 7.95  # decibels that the stopband is attenuated by
    if ripple > 50:
        return 0.1102 * (ripple - 8.7)
    excess = ripple - 21
    return 0.5842 * excess**0.4 + 0.07886 * excess if excess > 0 else 0.0


def _window(taps: int, half_width: float, rate: float) -> tuple[Tensor, Tensor]:
    """Return where the taps are, in units of which ``rate`` is the number of samples, and the window."""
    places = (torch.arange(taps, dtype=torch.float64) - (taps - 1) / 2) / rate
    beta = kaiser_shape(taps, 2 * half_width / (rate / 2))
    return places, torch.kaiser_window(taps, periodic=False, beta=beta, dtype=torch.float64)


def low_pass(taps: int, cutoff: float, half_width: float, rate: float) -> Tensor:
    """Give a filter of one axis, symmetric and with sum 1, ``(taps,)`` in float64.

    Source: arXiv:2106.12423, app. C.1.

    Args:
        taps: 2 or more.
        cutoff: frequency that it lets half of through.
        half_width: half of the transition, in the same unit.
        rate: sampling rate, likewise.
    """
    places, window = _window(taps, half_width, rate)
    f = torch.sinc(2 * cutoff * places) * window
    return f / f.sum()


def radial_low_pass(taps: int, cutoff: float, half_width: float, rate: float) -> Tensor:
    """Give a filter of both axes that treats all directions alike, with sum 1, ``(taps, taps)`` in float64.

    It is a jinc, in the product of one window along each axis.

    Source: arXiv:2106.12423, app. C.2.

    Args:
        taps: along each axis; an even number, so that none is in the middle.
        cutoff: frequency, in any direction, that it lets half of through.
        half_width: half of the transition, in the same unit.
        rate: sampling rate, likewise.
    """
    places, window = _window(taps, half_width, rate)
    r = torch.hypot(places[:, None], places[None])
    f = bessel_j1(2 * math.pi * cutoff * r) / r * torch.outer(window, window)
    return f / f.sum()


def bessel_j1(x: Tensor) -> Tensor:
    """Give the Bessel function of the first kind and order 1, of float64 numbers from 0 to 200.

    It is the mean over a of cos(a - x sin(a)), of which equal steps leave no more than rounding;
    ``torch.special.bessel_j1`` is off by up to 5e-7.
    """
    angles = torch.arange(512, dtype=torch.float64) * (2 * math.pi / 512)
    return (angles - x[..., None] * angles.sin()).cos().mean(dim=-1)
