"""Moderated variances: the spread of a recipe, by its few seeds and by those of all others.

The variance of three seeds is hardly known, and a t-test that has to allow for that finds little. Empirical Bayes takes
the true variances of the recipes for draws from a common distribution, estimates that from all of them, and moves each
sample variance towards its middle, by as much as the recipes turn out to be alike.

Source: Smyth (2004), Linear models and empirical Bayes methods for assessing differential expression, Statistical
    Applications in Genetics and Molecular Biology 3(1), article 3, sections 4 and 6.2.

Departs, in three ways that keep the error of many tests together near 5 % where the recipes' variances are not drawn
from Smyth's distribution (benchmarks/ranking_error.py measures it):

- The prior counts four degrees of freedom at most, those of five seeds, however alike the variances are.
- The spread of the variances is taken for larger than it is estimated, by a one-sided bound of 4 / G standard errors
  for G recipes: of two recipes nothing can be learned of it, and their test is Welch's.
- Variances move towards their geometric mean. Smyth's prior has its scale below that, the more so the less alike they
  are, which makes too little of the variance of most recipes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .polygamma import digamma, inverse_trigamma, trigamma
from .t_tests import Comparison, Moments, t_test

MOST_FREEDOM = 4.0
"""The most that the prior counts, in degrees of freedom."""
BOUND = 4.0
"""Standard errors, times the number of recipes, that the spread of the variances is taken for larger."""


@dataclass(frozen=True)
class Prior:
    """The expected variance of a recipe that has not been seen, from those of all others.

    Attributes:
        df: the degrees of freedom that it counts for; 0 where nothing is known.
        variance: that is expected.
    """

    df: float
    variance: float

    def moderated(self, moments: Moments) -> float:
        """Return the variance of a recipe's values, moved towards the expected one."""
        own = moments.n - 1
        return (self.df * self.variance + own * moments.variance) / (self.df + own)


NOTHING_KNOWN = Prior(0.0, 0.0)


def prior_of(samples: Sequence[Moments]) -> Prior:
    """Estimate the prior from the sample variances of recipes.

    log s^2 of a recipe with d degrees of freedom has the variance trigamma(d / 2), if its true variance is given; what
    it varies by between recipes beyond that is trigamma(df / 2) of the prior.

    Args:
        samples: of each recipe. One whose values are all the same says nothing, and is left out.
    """
    known = [one for one in samples if one.n > 1 and one.variance > 0]
    if len(known) < 2:
        return NOTHING_KNOWN
    halves = [(one.n - 1) / 2 for one in known]
    logs = [math.log(one.variance) - digamma(half) + math.log(half) for one, half in zip(known, halves, strict=True)]
    mean = math.fsum(logs) / len(logs)
    spread = math.fsum((value - mean) ** 2 for value in logs) / (len(logs) - 1)
    share = bound(len(logs))
    if not share:
        return NOTHING_KNOWN
    beyond = spread / share - math.fsum(map(trigamma, halves)) / len(halves)
    df = min(MOST_FREEDOM, 2 * inverse_trigamma(beyond)) if beyond > 0 else MOST_FREEDOM
    return Prior(df, math.exp(mean))


def bound(recipes: int) -> float:
    """Return by what a sample variance over so many recipes is divided, to be above the true one by ``BOUND``.

    By the normal approximation of the cube root of chi-squared: Wilson and Hilferty (1931), Proceedings of the National
    Academy of Sciences 17, 684-688.
    """
    ninth = 2 / (9 * (recipes - 1))
    return max(0.0, 1 - ninth - BOUND / recipes * math.sqrt(ninth)) ** 3


def moderated_test(a: Moments, b: Moments, prior: Prior, total: float) -> Comparison:
    """Test two means with moderated variances; Welch's test where the prior counts for nothing.

    Args:
        a: of the one recipe.
        b: of the other.
        prior: see :func:`prior_of`.
        total: the degrees of freedom of all recipes together, which no test can have more of.
    """
    of_a, of_b = prior.moderated(a) / a.n, prior.moderated(b) / b.n
    variance = of_a + of_b
    if variance:
        share_a, share_b = of_a / variance, of_b / variance
        df = 1 / (share_a**2 / (prior.df + a.n - 1) + share_b**2 / (prior.df + b.n - 1))
    else:
        df = a.n + b.n - 2
    return t_test(a.mean - b.mean, math.sqrt(variance), min(df, total))
