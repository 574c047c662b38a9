"""Tests of the means of a few seeds: Welch's t-test, and Holm's correction for many of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .student_t import both_tails, detectable_shift, student_cdf

ALPHA = 0.05
POWER = 0.8


@dataclass(frozen=True)
class Comparison:
    """A t-test of two means.

    Where no value departs from its mean the standard error is 0, and to a t-test no doubt is left: p is then 0, or 1
    where the means are the same.

    Attributes:
        difference: mean of a minus mean of b.
        p: of the two-sided test that the means are the same.
        p_less: of the one-sided test: small where the mean of a is below that of b.
        df: degrees of freedom.
        standard_error: of the difference.
    """

    difference: float
    p: float
    p_less: float
    df: float
    standard_error: float


@dataclass(frozen=True)
class Moments:
    """Size, mean and variance of a sample.

    Attributes:
        n: how many values.
        mean: of them.
        variance: of one value, with n - 1 below.
    """

    n: int
    mean: float
    variance: float


def t_test(difference: float, standard_error: float, df: float) -> Comparison:
    """Compare a difference with its standard error."""
    t = math.copysign(math.inf, difference) if difference else 0.0
    if standard_error:
        t = difference / standard_error
    return Comparison(difference, both_tails(t, df), student_cdf(t, df), df, standard_error)


def moments(values: Sequence[float]) -> Moments:
    """Return the moments of a sample; of equal values their variance is 0, and their mean is one of them.

    Raises:
        ValueError: there are fewer than two values, or one is not finite.
    """
    if len(values) < 2 or not all(math.isfinite(value) for value in values):
        raise ValueError(f"no t-test of {list(values)}: two finite values are needed at least")
    n = len(values)
    if all(value == values[0] for value in values):
        return Moments(n, values[0], 0.0)  # a mean may differ from what it is of by a rounding
    mean = math.fsum(values) / n
    return Moments(n, mean, math.fsum((value - mean) ** 2 for value in values) / (n - 1))


def welch(a: Sequence[float], b: Sequence[float]) -> Comparison:
    """Welch's t-test: independent samples, each with a variance of its own.

    Source: Welch (1947), Biometrika 34, 28-35; degrees of freedom after Satterthwaite (1946), Biometrics Bulletin 2.

    Args:
        a: two finite values or more.
        b: likewise, not necessarily as many.

    Raises:
        ValueError: there are fewer, or one is not finite.
    """
    of_a, of_b = moments(a), moments(b)
    n_a, n_b = of_a.n, of_b.n
    var_a, var_b = of_a.variance / n_a, of_b.variance / n_b
    variance = var_a + var_b
    if variance:
        share_a, share_b = var_a / variance, var_b / variance  # squares of small variances themselves would vanish
        df = 1 / (share_a**2 / (n_a - 1) + share_b**2 / (n_b - 1))
    else:
        df = n_a + n_b - 2
    return t_test(of_a.mean - of_b.mean, math.sqrt(variance), df)


def holm(ps: Sequence[float]) -> list[float]:
    """Return the p of many tests, corrected so that all of them together err as often as one would; in the order given.

    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    adjusted = [0.0] * len(ps)
    highest = 0.0
    for rank, i in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[i]))
        adjusted[i] = highest
    return adjusted


def detectable(comparison: Comparison, alpha: float = ALPHA, power: float = POWER) -> float:
    """Return the true difference that a test with this standard error would have found with probability ``power``.

    Args:
        comparison: its standard error is taken for the true one.
        alpha: level of the two-sided test.
        power: how likely it is to be found.
    """
    return comparison.standard_error * detectable_shift(comparison.df, alpha, power)
