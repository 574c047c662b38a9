"""Student's t with any degrees of freedom, whole or not: its distribution, its quantile, and the power of its tests.

Welch's test has degrees of freedom that are no whole number, for which there is no finite sum as in
``ganzoo.bench.stats.statistics``.
"""

import math
from collections.abc import Callable

_TINY = 1e-300
_PRECISION = 1e-16
_NODES = 1000  # of an integral
_NOTHING = 20.0  # what lies beyond exp(-20) of it is left out


def _continued_fraction(x: float, a: float, b: float) -> float:
    """Of the incomplete beta function, by Lentz's method.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.5.8.
    """
    c, d = 1.0, 1.0 / _away(1.0 - (a + b) * x / (a + 1))
    value = d
    m = 0
    while True:
        m += 1
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1.0 / _away(1.0 + term * d)
            c = _away(1.0 + term / c)
            value *= c * d
        if abs(c * d - 1.0) < _PRECISION * 4:
            return value


def _away(value: float) -> float:
    """``value``, or something tiny where it is zero and would be divided by."""
    return value if abs(value) > _TINY else _TINY


def incomplete_beta(x: float, a: float, b: float, rest: float | None = None) -> float:
    """I_x(a, b), the regularized incomplete beta function.

    Args:
        x: from 0 to 1.
        a: above 0.
        b: above 0.
        rest: 1 - x, where the caller knows it more exactly than the difference would.
    """
    rest = 1.0 - x if rest is None else rest
    if x <= 0 or rest <= 0:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):  # the fraction of the other end is the one that converges at once
        return 1.0 - incomplete_beta(rest, b, a, x)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest)
    return math.exp(scale) * _continued_fraction(x, a, b) / a


def both_tails(t: float, df: float) -> float:
    """P(|T| > ``|t|``) for Student's t with ``df`` degrees of freedom; exact far out, where 1 - P would be 0.

    Source: Abramowitz and Stegun, 26.7.1.

    Raises:
        ValueError: ``df`` is not above 0, or ``t`` is no number.
    """
    if not 0 < df < math.inf or math.isnan(t):
        raise ValueError(f"no Student t of {t} with {df} degrees of freedom")
    if math.isinf(t):
        return 0.0
    square = t * t
    return incomplete_beta(df / (df + square), df / 2, 0.5, square / (df + square))


def student_cdf(t: float, df: float) -> float:
    """P(T < ``t``) for Student's t.

    Args:
        t: any number, infinities included.
        df: degrees of freedom, any number above 0.

    Raises:
        ValueError: ``df`` is not above 0, or ``t`` is no number.
    """
    tail = both_tails(t, df) / 2
    return tail if t < 0 else 1.0 - tail


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Find where ``rising`` goes through zero between ``low`` and ``high``, to the last bit."""
    while True:
        middle = (low + high) / 2
        if not low < middle < high:
            return middle
        if rising(middle) < 0:
            low = middle
        else:
            high = middle


def critical(alpha: float, df: float) -> float:
    """Return the t with P(|T| > t) = ``alpha``.

    Raises:
        ValueError: ``alpha`` is not between 0 and 1.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"no level {alpha}: it lies between 0 and 1")
    high = 1.0
    while both_tails(high, df) > alpha:
        high *= 2
    return _root(lambda t: alpha - both_tails(t, df), 0.0, high)


def _normal(x: float) -> float:
    return math.erfc(-x / math.sqrt(2)) / 2


def power(shift: float, df: float, alpha: float) -> float:
    """Return how likely a two-sided t-test at level ``alpha`` finds a true difference of ``shift`` standard errors.

    The statistic is then noncentral t: (Z + shift) / S, where S^2 df is chi-squared. Given S it is normal, and what is
    left is an integral over S.
    """
    limit = critical(alpha, df)
    log_scale = math.log(2) + df / 2 * math.log(df / 2) - math.lgamma(df / 2)

    def found(log_s: float) -> float:
        s = math.exp(log_s)
        density = math.exp(log_scale + df * log_s - df * s * s / 2)
        return density * (_normal(shift - limit * s) + _normal(-shift - limit * s))

    # In log S the integrand is smooth and dies away at both ends, where the trapezoidal rule is at its best.
    high = math.sqrt(_NOTHING / df)
    low = -_NOTHING / df - high
    step = (high - low) / _NODES
    return math.fsum(found(low + i * step) for i in range(_NODES + 1)) * step


def detectable_shift(df: float, alpha: float, wanted: float) -> float:
    """Return the difference, in standard errors, that a two-sided t-test finds with probability ``wanted``.

    Raises:
        ValueError: ``alpha`` or ``wanted`` is not between 0 and 1, or the test finds that much of nothing at all.
    """
    if not alpha < wanted < 1:
        raise ValueError(f"no difference is found with a probability of {wanted} at a level of {alpha}")
    high = critical(alpha, df)
    while power(high, df, alpha) < wanted:
        high *= 2
    low = 0.0
    while high - low > 1e-7 * high:
        middle = (low + high) / 2
        if power(middle, df, alpha) < wanted:
            low = middle
        else:
            high = middle
    return high
