"""Lengths and widths of WaveGAN's layers."""

from __future__ import annotations

from ganzoo.errors import RecipeError

KERNEL = 25
BASE = 16  # samples that are left at least


def quarters(length: int) -> tuple[int, int]:
    """Return what is left of a length that is quartered down to 16 to 63, rounded up, and how often it was.

    Raises:
        RecipeError: it is too short to be quartered once.
    """
    if length < 4 * BASE:
        raise RecipeError(f"a window has {length} samples, and WaveGAN's players need {4 * BASE} at least")
    times = 1
    while length >= BASE * 4 ** (times + 1):
        times += 1
    return -(-length // 4**times), times


def widths(width: int, times: int) -> list[int]:
    """Return the channels of so many layers, from the wave inwards, each twice those before."""
    return [width * 2**k for k in range(times)]
