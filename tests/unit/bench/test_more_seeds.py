import math
import random

import pytest
from scipy import stats

from ganzoo.bench.stats.more_seeds import next_told, power_of
from ganzoo.bench.stats.ranking import rank


def two(difference: float):
    """Two recipes of variance 1, so far apart."""
    a = {0: -1.0, 1: 0.0, 2: 1.0}
    return {"a": a, "b": {seed: value + difference for seed, value in a.items()}}


@pytest.mark.parametrize(("difference", "seeds"), [(0.5, 64), (0.8, 26), (1.0, 17)])
def test_two_recipes_take_the_seeds_of_cohens_table(difference, seeds):
    """Cohen (1988), table 2.4.1: n of each sample, two-sided at 5 %, for a power of 80 %."""
    found = next_told(rank(two(difference), "lower", positive=False))
    assert (found.pair.a, found.pair.b, found.seeds) == ("a", "b", seeds)


def test_the_power_is_that_of_the_noncentral_t():
    ranking = rank({"a": {0: 1.0, 1: 1.4, 2: 1.2}, "b": {0: 1.2, 1: 3.0, 2: 1.9, 3: 2.0}}, "lower", positive=False)
    (pair,) = ranking.pairs
    of_a, of_b = pair.variances
    assert pair.seeds == (3, 4)
    for n in (5, 9):
        error = math.sqrt((of_a + of_b) / n)
        df = (n - 1) * (of_a + of_b) ** 2 / (of_a**2 + of_b**2)
        shift = abs(pair.comparison.difference) / error
        limit = stats.t.isf(0.025, df)
        expected = stats.nct.sf(limit, df, shift) + stats.nct.cdf(-limit, df, shift)
        assert power_of(pair, ranking, n) == pytest.approx(expected, rel=1e-5)


def test_of_several_pairs_it_is_the_one_of_the_smallest_p_at_the_level_that_is_left():
    rows = {"a": [10.0, 10.4, 9.8], "b": [11.1, 9.9, 10.9], "c": [10.1, 10.4, 10.6]}
    ranking = rank({name: dict(enumerate(values)) for name, values in rows.items()}, "lower")
    found = next_told(ranking)
    assert found.pair.comparison.p == min(pair.comparison.p for pair in ranking.pairs)
    assert found.pair.level == pytest.approx(0.05 / 3)
    assert power_of(found.pair, ranking, found.seeds) >= 0.8 > power_of(found.pair, ranking, found.seeds - 1)


def test_of_unequal_seeds_it_is_the_smallest_number_that_tells_them_apart():
    many = [-2.2, -1.1, -0.7, -0.4, 0.0, 0.4, 0.7, 1.1, 2.2]
    ranking = rank({"a": {0: 2.0, 1: 4.0}, "b": dict(enumerate(many))}, "lower", positive=False)
    found = next_told(ranking)
    assert found.pair.seeds == (2, 9)
    assert 2 < found.seeds < 9
    assert power_of(found.pair, ranking, found.seeds) >= 0.8 > power_of(found.pair, ranking, found.seeds - 1)


def test_where_all_are_told_apart_there_is_no_next_pair():
    assert next_told(rank(two(50.0), "lower", positive=False)) is None
    assert next_told(rank({"a": {0: 1.0}, "b": {0: 2.0}}, "lower")) is None


def test_recipes_that_are_the_same_take_more_seeds_than_anybody_plays():
    assert next_told(rank(two(0.0), "lower", positive=False)).seeds is None


def test_so_many_seeds_do_tell_them_apart_as_often():
    """Two recipes that are as far apart as they seemed to be are played that often, and tested."""
    found = next_told(rank(two(1.0), "lower", positive=False))
    rng = random.Random(5)
    told = 0
    for _ in range(300):
        rows = {
            name: {seed: rng.gauss(mean, 1.0) for seed in range(found.seeds)} for name, mean in (("a", 0.0), ("b", 1.0))
        }
        told += rank(rows, "lower", positive=False).pairs[0].told_apart
    assert told / 300 == pytest.approx(0.8, abs=0.07)  # three standard errors
