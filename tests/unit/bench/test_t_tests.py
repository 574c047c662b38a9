import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from repository import ROOT
from scipy import special, stats

from ganzoo.bench.stats.student_t import both_tails, critical, detectable_shift, incomplete_beta, power, student_cdf
from ganzoo.bench.stats.t_tests import detectable, holm, welch

FINITE = st.floats(min_value=-1e4, max_value=1e4)
SAMPLES = [
    ([10.0, 10.4, 9.8], [14.2, 13.1, 15.0]),
    ([1.0, 2.0, 3.0, 4.0, 9.0], [2.5, 2.6]),
    ([0.011, 0.012, 0.0105, 0.0117], [0.0112, 0.0121, 0.0119, 0.0108]),
    ([1e-9, 3e-9], [2e-9, 7e-9]),
]


@pytest.mark.parametrize("df", [0.3, 1, 1.7, 2, 4, 5.31, 30, 1234.5, 1e6])
@pytest.mark.parametrize("t", [-40.0, -3.2, -1.0, -1e-9, 0.0, 1e-4, 0.5, 2.776445105, 12.0, 1e5])
def test_students_distribution_is_scipys(t, df):
    expected = 2 * stats.t.sf(abs(t), df)
    assert both_tails(t, df) == pytest.approx(expected, rel=1e-8, abs=1e-300)
    assert student_cdf(t, df) == pytest.approx(stats.t.cdf(t, df), rel=1e-8)


def test_students_distribution_has_its_closed_forms():
    for t in (-30.0, -0.2, 0.7, 5.0):
        assert student_cdf(t, 1) == pytest.approx(0.5 + math.atan(t) / math.pi, abs=1e-14)
        assert student_cdf(t, 2) == pytest.approx(0.5 + t / (2 * math.sqrt(2 + t * t)), abs=1e-14)
    assert (student_cdf(-math.inf, 3.5), student_cdf(math.inf, 3.5)) == (0.0, 1.0)


@given(st.floats(0, 1), st.floats(0.05, 200), st.floats(0.05, 200))
def test_the_incomplete_beta_function_is_scipys(x, a, b):
    assert incomplete_beta(x, a, b) == pytest.approx(special.betainc(a, b, x), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("t", "df"), [(1.0, 0.0), (1.0, -2.0), (1.0, math.inf), (math.nan, 3.0)])
def test_no_student_without_freedom_or_number(t, df):
    with pytest.raises(ValueError, match="no Student t"):
        student_cdf(t, df)


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 45, 0.5])
@pytest.mark.parametrize("df", [1.2, 2, 7.7])
def test_the_critical_value_is_the_quantile(alpha, df):
    assert critical(alpha, df) == pytest.approx(stats.t.ppf(1 - alpha / 2, df), rel=1e-9)


@pytest.mark.parametrize(("a", "b"), SAMPLES)
def test_welchs_test_is_scipys(a, b):
    found, theirs = welch(a, b), stats.ttest_ind(a, b, equal_var=False)
    assert found.difference / found.standard_error == pytest.approx(theirs.statistic)
    assert (found.df, found.p) == (pytest.approx(theirs.df), pytest.approx(theirs.pvalue))
    assert found.p_less == pytest.approx(stats.ttest_ind(a, b, equal_var=False, alternative="less").pvalue)


def test_welch_by_hand():
    # Means 2 and 5, each variance 1: standard error sqrt(2/3), t = -3.674235, df 4.
    found = welch([1.0, 2.0, 3.0], [4.0, 5.0, 6.0])
    assert (found.difference, found.df) == (-3.0, pytest.approx(4.0))
    assert found.standard_error == pytest.approx(math.sqrt(2 / 3))
    assert found.p == pytest.approx(2 * found.p_less)
    assert found.p == pytest.approx(0.0213117, abs=1e-6)


def test_values_that_do_not_vary_leave_no_doubt():
    same, other = welch([8.0, 8.0, 8.0], [8.0, 8.0]), welch([8.0, 8.0, 8.0], [7.0, 7.0])
    assert (same.p, same.p_less, same.df) == (1.0, 0.5, 3)
    assert (other.p, other.p_less, other.standard_error) == (0.0, 1.0, 0.0)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, math.nan], [math.inf, 1.0]])
def test_one_value_and_what_is_not_finite_cannot_be_tested(values):
    with pytest.raises(ValueError, match="two finite values"):
        welch(values, [1.0, 2.0])


def test_holm_by_hand():
    # Sorted: 0.005 * 4, 0.01 * 3, 0.03 * 2, 0.04 * 1; none may fall below the one before it.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.5]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize(
    ("ps", "corrected"),
    [
        ([0.01, 0.04, 0.03, 0.005, 0.2, 0.04, 0.9], [0.06, 0.16, 0.15, 0.035, 0.4, 0.16, 0.9]),
        ([0.0004, 0.049, 0.012, 0.0126, 0.3, 0.012], [0.0024, 0.098, 0.06, 0.06, 0.3, 0.06]),
    ],
)
def test_holm_is_that_of_statsmodels(ps, corrected):
    """Given by ``statsmodels.stats.multitest.multipletests(ps, method="holm")`` of statsmodels 0.15.0."""
    assert holm(ps) == pytest.approx(corrected, rel=1e-12)


def test_welch_is_that_of_statsmodels():
    """Given by ``statsmodels.stats.weightstats.ttest_ind(a, b, usevar="unequal")`` of statsmodels 0.15.0."""
    found = welch([10.0, 10.4, 9.8], [14.2, 13.1, 15.0, 13.9])
    assert found.difference / found.standard_error == pytest.approx(-9.254116957315276, rel=1e-12)
    assert (found.p, found.df) == (pytest.approx(0.000687172416446308), pytest.approx(4.083536031281264))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_corrects_upwards_keeps_the_order_and_is_at_most_bonferroni(ps):
    adjusted = holm(ps)
    for p, corrected in zip(ps, adjusted, strict=True):
        assert p <= corrected <= min(1.0, len(ps) * p)
    order = sorted(range(len(ps)), key=ps.__getitem__)
    assert [adjusted[i] for i in order] == sorted(adjusted)


@pytest.mark.parametrize("df", [1.0, 1.5, 2.0, 4.0, 18.3])
@pytest.mark.parametrize("shift", [0.0, 1.2247, 5.0])
def test_power_is_that_of_the_noncentral_t(shift, df):
    limit = stats.t.ppf(0.975, df)
    expected = stats.nct.sf(limit, df, shift) + stats.nct.cdf(-limit, df, shift) if shift else 0.05
    assert power(shift, df, 0.05) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("n", "gap", "expected"), [(5, 1, 0.27), (5, 2, 0.76), (10, 1, 0.56)])
def test_power_is_what_was_simulated(n, gap, expected):
    # Two recipes of n seeds, one standard deviation each, gap standard deviations apart; simulated beforehand.
    assert power(gap / math.sqrt(2 / n), 2 * n - 2, 0.05) == pytest.approx(expected, abs=0.04)


def test_what_is_far_apart_is_found_for_sure():
    assert power(300.0, 18.3, 0.05) == pytest.approx(1.0, abs=1e-6)


def test_a_detectable_difference_is_found_with_the_power_asked_for():
    found = welch([1.0, 2.0, 3.0], [4.0, 5.0, 6.5])
    difference = detectable(found, alpha=0.01, power=0.9)
    assert power(difference / found.standard_error, found.df, 0.01) == pytest.approx(0.9, abs=1e-5)
    assert detectable(found) < difference


@pytest.mark.parametrize("wanted", [0.05, 0.01, 1.0])
def test_no_difference_is_found_less_often_than_nothing_is(wanted):
    with pytest.raises(ValueError, match="no difference is found"):
        detectable_shift(4.0, 0.05, wanted)


@given(st.lists(st.tuples(FINITE, FINITE), min_size=2, max_size=8))
def test_exchanging_the_two_turns_the_difference_round(pairs):
    a, b = ([pair[i] for pair in pairs] for i in (0, 1))
    forth, back = welch(a, b), welch(b, a)
    assert forth.difference == -back.difference
    assert forth.p == pytest.approx(back.p)
    assert forth.p_less + back.p_less == pytest.approx(1.0)


@pytest.mark.parametrize(("seeds", "said"), [(3, 37), (5, 77)])
def test_two_standard_deviations_are_found_as_often_as_the_docs_say(seeds, said):
    rng = random.Random(0)
    n, found = 4000, 0
    for _ in range(n):
        a, b = ([rng.gauss(mean, 1) for _ in range(seeds)] for mean in (0, 2))
        found += welch(a, b).p < 0.05
    assert found / n == pytest.approx(said / 100, abs=0.025)  # three standard errors of 4,000 draws
    assert f"{said} %" in (ROOT / "docs/concepts/statistics.md").read_text()
