"""Formats of numbers for people: the same on the terminal, in Markdown and on the page."""

import math
from collections.abc import Iterable

from ...text import short_number

NONE = "—"


def number(value: object) -> float | None:
    """``value`` as a finite float, or None: what a result does not hold is shown as a dash, never as ``nan``."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def count(n: int) -> str:
    """Return a sample count, exact: ``50k``, ``2.5k``, ``1797``."""
    if n >= 1000 and n % 1000 == 0:
        return f"{n // 1000}k"
    if n >= 1000 and n % 100 == 0:
        return f"{n / 1000:.1f}k"
    return str(n)


def decimals(values: Iterable[float]) -> int:
    """Return how many decimals show the smallest of ``values`` with some three digits; 2 where all are 0."""
    smallest = min((abs(value) for value in values if value), default=1.0)
    for least, digits in ((1000.0, 0), (100.0, 1), (1.0, 2), (0.1, 3)):
        if smallest >= least:
            return digits
    return 4


def fixed(value: float | None, digits: int) -> str:
    """``value`` with ``digits`` decimals, a dash for None, and never ``-0.00``."""
    if value is None:
        return NONE
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text


def whole(value: float | None) -> str:
    """Return a count or a speed: ``2,153``; with one decimal below 100, as in ``34.5``."""
    if value is None:
        return NONE
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.1f}"


def short(value: float | None) -> str:
    """Three significant digits at least, without an exponent where that is readable: ``0.012``, ``7.98``, ``1,240``."""
    return NONE if value is None else short_number(value)


def duration(seconds: float | None) -> str:
    """Return a time: ``0.8 s``, ``52 s``, ``3m 20s``, ``2h 05m``."""
    if seconds is None:
        return NONE
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    total = round(seconds)
    if total < 60:
        return f"{total} s"
    if total < 3600:
        return f"{total // 60}m {total % 60:02d}s"
    minutes = round(seconds / 60)
    return f"{minutes // 60}h {minutes % 60:02d}m"


def clock(seconds: float | None) -> str:
    """Return a time that is left: ``0:42``, ``12:05``, ``2:00:00``."""
    if seconds is None:
        return "-:--"
    total = max(0, round(seconds))
    minutes, rest = divmod(total, 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"


def memory(megabytes: float | None) -> str:
    """Return a size: ``312 MB``, ``2.1 GB``."""
    if megabytes is None:
        return NONE
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:.1f} GB"
