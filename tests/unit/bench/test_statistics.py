import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganzoo.bench.stats.statistics import summarise, t_quantile

# Student's t, two-sided 95 % and 99 %, by degrees of freedom, as printed tables have them, with more digits.
TABLE_95 = {
    1: 12.706204736,
    2: 4.302652730,
    3: 3.182446305,
    4: 2.776445105,
    5: 2.570581836,
    9: 2.262157163,
    10: 2.228138852,
    29: 2.045229642,
    30: 2.042272456,
    100: 1.983971519,
    120: 1.979930405,
}
TABLE_99 = {1: 63.656741163, 2: 9.924843201, 3: 5.840909310, 4: 4.604094871, 10: 3.169272673, 120: 2.617421145}


@pytest.mark.parametrize(("freedom", "expected"), TABLE_95.items())
def test_the_95_percent_quantiles_are_those_of_the_tables(freedom, expected):
    assert abs(t_quantile(freedom) - expected) < 1e-6


@pytest.mark.parametrize(("freedom", "expected"), TABLE_99.items())
def test_the_99_percent_quantiles_are_those_of_the_tables(freedom, expected):
    assert abs(t_quantile(freedom, 0.99) - expected) < 1e-6


def test_many_degrees_of_freedom_come_to_the_normal_quantile():
    assert t_quantile(100_000) == pytest.approx(1.959964, abs=1e-4)


@given(st.floats(min_value=0.001, max_value=0.999))
def test_one_and_two_degrees_of_freedom_have_closed_forms(confidence):
    assert t_quantile(1, confidence) == pytest.approx(math.tan(math.pi * confidence / 2), rel=1e-9)
    assert t_quantile(2, confidence) == pytest.approx(confidence * math.sqrt(2 / (1 - confidence**2)), rel=1e-9)


@pytest.mark.parametrize(("freedom", "confidence"), [(0, 0.95), (-3, 0.95), (2, 0.0), (2, 1.0)])
def test_no_quantile_without_freedom_or_confidence(freedom, confidence):
    with pytest.raises(ValueError, match="no t quantile"):
        t_quantile(freedom, confidence)


def test_the_interval_of_three_seeds_is_the_hand_computed_one():
    # mean 10, deviations -1 0 1: standard deviation 1, standard error 1/sqrt(3).
    summary = summarise([9.0, 10.0, 11.0])
    assert (summary.n, summary.mean) == (3, 10.0)
    assert summary.half_width == pytest.approx(4.302652730 / math.sqrt(3), abs=1e-8)
    assert summary.interval() == pytest.approx((10 - 2.484138, 10 + 2.484138), abs=1e-5)


def test_one_seed_has_no_interval():
    summary = summarise([7.5])
    assert (summary.mean, summary.half_width, summary.interval()) == (7.5, None, (7.5, 7.5))


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf]])
def test_nothing_and_what_is_not_finite_has_no_mean(values):
    with pytest.raises(ValueError, match="finite values are needed"):
        summarise(values)


def test_a_single_value_is_as_sure_as_its_samples_make_it_and_more_of_them_are_not():
    one = summarise([7.5], standard_error=0.25)
    assert (one.half_width, one.sampling) == (None, pytest.approx(0.49))
    assert summarise([7.5]).sampling is None
    assert summarise([7.5, 7.6], standard_error=0.25).sampling is None


@given(st.lists(st.floats(min_value=-1e6, max_value=1e6), min_size=2, max_size=12), st.floats(-1e3, 1e3))
def test_the_interval_moves_with_the_values_and_does_not_depend_on_their_order(values, shift):
    summary = summarise(values)
    moved = summarise([value + shift for value in reversed(values)])
    assert moved.mean == pytest.approx(summary.mean + shift, abs=1e-6)
    assert moved.half_width == pytest.approx(summary.half_width, abs=1e-5)
