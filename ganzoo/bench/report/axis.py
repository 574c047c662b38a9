"""From values to places: linear and logarithmic axes with round ticks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Axis:
    """From values to places on one axis.

    Attributes:
        low: the value at ``start``.
        high: the value at ``end``.
        start: the place of ``low``.
        end: the place of ``high``.
        log: whether the scale is logarithmic.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Return the place of ``value``."""
        change: Callable[[float], float] = math.log10 if self.log else float
        low, high = change(self.low), change(self.high)
        return self.start + (self.end - self.start) * (change(value) - low) / (high - low)

    def ticks(self) -> list[float]:
        """Round values between the two ends; a logarithmic axis too short for two of its own has evenly spaced ones."""
        ticks = self._decade_ticks() if self.log else []
        return ticks if len(ticks) > 1 else self._even_ticks()

    def _even_ticks(self) -> list[float]:
        step = 10 ** math.floor(math.log10((self.high - self.low) / 4))
        step *= next(k for k in (1, 2, 2.5, 5, 10) if (self.high - self.low) / (step * k) <= 5)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [float(f"{i * step:.10g}") for i in range(first, last + 1)]

    def _decade_ticks(self) -> list[float]:
        decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        for mantissas in ((1, 2, 5), (1, 3), (1,)):
            ticks = [m * 10.0**d for d in decades for m in mantissas if self.low <= m * 10.0**d <= self.high]
            if len(ticks) <= 6:
                break
        return ticks


def log_scale(better: str, values: Sequence[float]) -> bool:
    """Return whether ``values`` are better seen on a logarithmic axis: a distance that spans more than a decade."""
    return better == "lower" and min(values) > 0 and max(values) / min(values) > 10


def value_axis(values: Sequence[float], log: bool, start: float, end: float) -> Axis:
    """Return an axis that holds ``values`` with some room; where it is logarithmic they are above 0."""
    low, high = min(values), max(values)
    if log:
        room = (high / low) ** 0.06 if high > low else 2.0
        return Axis(low / room, high * room, start, end, log=True)
    room = (high - low) * 0.07 or abs(high) * 0.1 or 1.0
    return Axis(low - room, high + room, start, end)
