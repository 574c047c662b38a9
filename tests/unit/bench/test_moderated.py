import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from ganzoo.bench.stats.moderated import BOUND, MOST_FREEDOM, Prior, moderated_test, prior_of
from ganzoo.bench.stats.polygamma import digamma, inverse_trigamma, trigamma
from ganzoo.bench.stats.t_tests import Moments, moments, welch


@given(st.floats(1e-3, 1e4))
def test_the_functions_are_scipys(x):
    assert digamma(x) == pytest.approx(special.digamma(x), rel=1e-12, abs=1e-13)
    assert trigamma(x) == pytest.approx(special.polygamma(1, x), rel=1e-12)
    assert inverse_trigamma(trigamma(x)) == pytest.approx(x, rel=1e-9)


def test_the_functions_have_their_closed_forms():
    euler = 0.57721566490153286
    assert digamma(1.0) == pytest.approx(-euler, abs=1e-14)
    assert digamma(0.5) == pytest.approx(-euler - 2 * math.log(2), abs=1e-14)
    assert trigamma(1.0) == pytest.approx(math.pi**2 / 6, rel=1e-14)
    assert trigamma(0.5) == pytest.approx(math.pi**2 / 2, rel=1e-14)


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_trigamma_has_no_such_value(value):
    with pytest.raises(ValueError, match="above 0"):
        inverse_trigamma(value)


def of(variance: float, n: int = 3, mean: float = 0.0) -> Moments:
    return Moments(n, mean, variance)


def test_of_two_recipes_nothing_is_learned_and_the_test_is_welchs():
    assert prior_of([of(1.0), of(1.0)]) == Prior(0.0, 0.0)
    a, b = [1.0, 2.0, 4.0], [3.0, 3.5, 9.0]
    found = moderated_test(moments(a), moments(b), Prior(0.0, 0.0), 4)
    assert found == welch(a, b)
    assert found.p == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue)


def test_the_prior_by_hand():
    # Ten recipes of three seeds, d = 2, half of them of variance 1 and half of 9 = exp(2.1972). The logs lie 1.0986
    # about their mean: variance 10/9 * 1.0986^2 = 1.3411. The bound: 1 - 2/81 - 4/10 * sqrt(2/81) = 0.912455, its
    # cube 0.759680: 1.3411 / 0.759680 = 1.76533, less trigamma(1) = 1.644934 leaves 0.12040, which is trigamma(8.8):
    # 17.6 degrees, of which 4 count. The geometric mean is 3; digamma(1) = -0.577216 and log 1 = 0 make it
    # 3 * exp(0.577216).
    found = prior_of([of(1.0)] * 5 + [of(9.0)] * 5)
    assert found.df == MOST_FREEDOM
    assert found.variance == pytest.approx(3 * math.exp(0.5772156649), rel=1e-9)


def test_the_prior_of_unlike_variances_is_smyths_with_a_bound():
    # fitFDist of limma by scipy: trigamma(df / 2) = var(e) - mean trigamma(d / 2), with var(e) raised by the bound.
    rng = np.random.default_rng(1)
    n = rng.integers(3, 7, size=40)
    variances = np.exp(rng.normal(0.0, 3.0, size=40))
    half = (n - 1) / 2
    e = np.log(variances) - special.digamma(half) + np.log(half)
    share = (1 - 2 / (9 * 39) - BOUND / 40 * math.sqrt(2 / (9 * 39))) ** 3
    beyond = e.var(ddof=1) / share - special.polygamma(1, half).mean()
    found = prior_of([of(float(v), int(k)) for v, k in zip(variances, n, strict=True)])
    assert 0 < found.df < MOST_FREEDOM
    assert special.polygamma(1, found.df / 2) == pytest.approx(beyond, rel=1e-9)
    assert found.variance == pytest.approx(math.exp(e.mean()), rel=1e-12)


def test_the_bound_is_that_many_standard_errors_of_a_variance():
    # Wilson and Hilferty: the share of chi-squared's mean below which it is with the probability of -z; z = 4 / G.
    for recipes in (4, 10, 40):
        ninth = 2 / (9 * (recipes - 1))
        share = (1 - ninth - BOUND / recipes * math.sqrt(ninth)) ** 3
        probability = stats.chi2.cdf(share * (recipes - 1), recipes - 1)
        assert probability == pytest.approx(stats.norm.cdf(-4 / recipes), abs=0.01)


def test_a_recipe_that_does_not_vary_says_nothing_of_the_others():
    rest = [of(1.0), of(2.0), of(4.0), of(3.0)]
    assert prior_of([*rest, of(0.0)]) == prior_of(rest)
    assert prior_of([of(0.0), of(0.0), of(1.0)]) == Prior(0.0, 0.0)


@pytest.mark.parametrize(("n", "value"), [(6, 99.9), (3, 86.86700055648302), (7, math.log(0.6841481560390489))])
def test_equal_values_have_no_variance_though_their_mean_is_rounded(n, value):
    assert moments([value] * n) == Moments(n, value, 0.0)


def test_variances_move_towards_the_prior_by_their_degrees_of_freedom():
    prior = Prior(4.0, 10.0)
    assert prior.moderated(of(1.0, 3)) == pytest.approx((4 * 10 + 2 * 1) / 6)
    assert prior.moderated(of(1.0, 5)) == pytest.approx((4 * 10 + 4 * 1) / 8)
    # standard error sqrt(7/3 + 7/3), 6 degrees each: 12 in all, of which no more than the recipes have together count
    found = moderated_test(of(1.0, 3, 5.0), of(1.0, 3, 1.0), prior, 100)
    assert (found.difference, found.df) == (4.0, pytest.approx(12.0))
    assert found.standard_error == pytest.approx(math.sqrt(14 / 3))
    assert found.p == pytest.approx(2 * stats.t.sf(4 / math.sqrt(14 / 3), 12))
    assert moderated_test(of(1.0, 3, 5.0), of(1.0, 3, 1.0), prior, 8).df == 8


def test_values_that_do_not_vary_at_all_leave_no_doubt():
    found = moderated_test(of(0.0, 3, 8.0), of(0.0, 3, 7.0), Prior(0.0, 0.0), 4)
    assert (found.p, found.df) == (0.0, 4)


def test_the_error_of_many_tests_together_is_the_one_asked_for():
    """Of ten recipes of five seeds that are all the same, a difference is found in 5 % of tables at the most."""
    from ganzoo.bench.stats.ranking import rank

    rng = random.Random(3)
    wrong = 0
    for _ in range(200):
        deviations = [rng.choice((0.1, 1.0)) for _ in range(10)]
        scores = {str(k): {s: rng.gauss(0.0, deviations[k]) for s in range(5)} for k in range(10)}
        wrong += any(pair.told_apart for pair in rank(scores, "lower", positive=False).pairs)
    assert wrong <= 18  # of 200 at 5 % fewer than 19 with a probability of 99 %
