import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ganzoo.bench.stats.ranking import rank
from ganzoo.bench.stats.sequential import decided
from ganzoo.bench.stats.student_t import power


def scores(**recipes: list[float | None]) -> dict[str, dict[int, float | None]]:
    return {name: dict(enumerate(values)) for name, values in recipes.items()}


def written(**recipes: list[float | None]) -> list[str]:
    ranking = rank(scores(**recipes), "lower")
    return [ranking.written(name) for name in recipes]


def test_what_is_far_apart_is_ranked():
    found = rank(scores(b=[20.0, 20.1, 20.3], c=[30.2, 30.0, 30.1], a=[10.0, 10.2, 10.1]), "lower")
    assert found.ranks == {"b": 2, "c": 3, "a": 1}
    assert (found.best, found.failures, found.closest()) == ("a", 0, None)


def test_where_higher_is_better_the_highest_is_first():
    values = {"a": [1.0, 1.1, 1.05], "b": [5.0, 5.1, 5.2]}
    assert rank(scores(**values), "higher").ranks == {"a": 2, "b": 1}
    assert rank(scores(**values), "higher").best == "b"
    assert rank(scores(**values), "lower").best == "a"


def test_what_cannot_be_told_apart_shares_a_rank():
    assert written(a=[10.0, 10.4, 9.8], b=[10.1, 9.9, 10.3], c=[90.0, 91.0, 90.5]) == ["1=", "1=", "3"]
    assert rank(scores(a=[10.0, 10.4, 9.8], b=[10.1, 9.9, 10.3]), "lower").best is None


def test_recipes_of_one_value_each_are_the_same_however_often_it_was_seen():
    found = rank(scores(a=[0.6841481560390489] * 3, b=[0.6841481560390489] * 7), "lower")
    assert (found.best, [found.written(name) for name in "ab"]) == (None, ["1=", "1="])


def test_two_that_are_told_apart_are_no_tie_though_equally_many_are_better():
    """Holm's step-down may tell a from b and not the wider apart from either."""
    rows = {"r0": [11.3451, 11.3377], "r1": [0.6551, 0.6606], "r2": [0.025, 0.0226], "r3": [10.7079, 0.2147]}
    rows |= {"r4": [0.2649, 0.3091], "r5": [0.8879, 0.9911], "r6": [0.2321, 0.231], "r7": [5.3526, 6.6858]}
    found = rank(scores(**rows), "lower")
    (pair,) = (pair for pair in found.pairs if {pair.a, pair.b} == {"r5", "r7"})
    assert pair.told_apart
    assert [found.written(name) for name in ("r5", "r7", "r4", "r6")] == ["4", "4", "2=", "2="]


def test_a_wide_spread_between_two_that_differ_ties_with_both():
    # wide reaches both; the other two are far apart, so that only one of them is behind anybody.
    assert written(near=[10.0, 10.1, 10.2], wide=[5.0, 15.0, 40.0], far=[30.0, 30.2, 30.1]) == ["1=", "1=", "2"]


def test_two_recipes_are_compared_by_welchs_test_of_the_logs():
    a, b = [10.0, 20.0, 30.0], [11.0, 21.2, 30.9, 40.0]
    found = rank({"a": dict(enumerate(a)), "b": dict(enumerate(b))}, "lower")
    (pair,) = found.pairs
    theirs = stats.ttest_ind([math.log(x) for x in a], [math.log(x) for x in b], equal_var=False)
    assert (found.scale, found.prior.df) == ("log", 0)
    assert pair.p == pytest.approx(theirs.pvalue)
    assert pair.comparison.difference == pytest.approx(math.log(6000 ** (1 / 3) / (11 * 21.2 * 30.9 * 40) ** (1 / 4)))


def test_the_seeds_themselves_do_not_matter():
    given = {"a": {0: 10.0, 1: 20.0, 2: 30.0}, "b": {2: 30.9, 0: 11.0, 1: 21.2}}
    other = {"a": {5: 10.0, 6: 20.0, 7: 30.0}, "b": {0: 30.9, 1: 11.0, 2: 21.2}}
    assert rank(given, "lower").pairs[0].p == pytest.approx(rank(other, "lower").pairs[0].p)


def test_what_is_not_above_zero_or_may_not_be_is_compared_as_it_is():
    a, b = [10.0, 20.0, 30.0], [11.0, 21.2, 30.9]
    plain = stats.ttest_ind(a, b, equal_var=False).pvalue
    found = rank(scores(a=a, b=b), "lower", positive=False)
    assert (found.scale, found.pairs[0].p) == ("linear", pytest.approx(plain))
    zero = rank(scores(a=[0.0, 1.0, 2.0], b=[3.0, 4.0, 4.5]), "lower", positive=True)
    assert (zero.scale, zero.pairs[0].comparison.difference) == ("linear", pytest.approx(1.0 - 11.5 / 3))
    assert rank(scores(a=a, b=b), "lower", positive=True).scale == "log"


def test_a_unit_changes_no_rank_of_a_positive_metric():
    values = {"a": [10.0, 10.4, 9.8], "b": [14.2, 13.1, 15.0], "c": [13.0, 9.0, 40.0], "d": [2.0, 2.1, 2.2]}
    here = rank(scores(**values), "lower")
    there = rank(scores(**{name: [1e-3 * value for value in row] for name, row in values.items()}), "lower")
    assert here.ranks == there.ranks
    assert [pair.p for pair in here.pairs] == pytest.approx([pair.p for pair in there.pairs])


def test_several_recipes_lend_each_other_their_spread():
    rows = {name: [base, 1.02 * base, 0.98 * base] for name, base in zip("abcdefgh", range(10, 90, 10), strict=True)}
    found = rank(scores(**rows), "lower")
    assert 0 < found.prior.df <= 4
    # All variances are the same, so that moderation leaves them; it adds its degrees of freedom.
    pair = found.pairs[0]
    deviation = stats.tstd([math.log(value) for value in rows["a"]])
    assert found.prior.variance > deviation**2, "a sample variance of three is too small more often than too large"
    assert pair.comparison.df == pytest.approx(2 * (2 + found.prior.df))
    assert pair.comparison.p < stats.ttest_ind(*([math.log(x) for x in rows[name]] for name in "ab")).pvalue * 10


def test_many_pairs_are_corrected_after_holm():
    values = {"a": [10.0, 10.4, 9.8], "b": [14.2, 13.1, 15.0], "c": [14.1, 13.4, 14.4]}
    found = rank(scores(**values), "lower")
    raw = [pair.comparison.p for pair in found.pairs]
    assert sorted(raw) == [raw[1], raw[0], raw[2]], "a and c, a and b, b and c"
    assert [pair.p for pair in found.pairs] == pytest.approx([max(2 * raw[0], 3 * raw[1]), 3 * raw[1], raw[2]])
    assert found.best == "a"
    # Two are told apart: what remains is tested alone, at the full 5 %.
    assert [pair.level for pair in found.pairs] == [0.05] * 3


def test_the_level_is_that_of_all_tests_together():
    values = scores(a=[10.0, 10.4, 9.8], b=[14.2, 13.1, 15.0])
    (pair,) = rank(values, "lower").pairs
    assert pair.told_apart and rank(values, "lower").best == "a"
    strict = rank(values, "lower", alpha=pair.p)
    assert not strict.pairs[0].told_apart and strict.best is None
    assert (strict.alpha, strict.pairs[0].level) == (pair.p, pair.p)


def test_two_recipes_far_above_the_floor_are_no_ties():
    values = {
        "near": [0.4, 0.5, 0.6],
        "wide": [1.0, 30.0, 4000.0],
        "off": [70.0, 90.0, 120.0],
        "gone": [60.0, 95.0, 130.0],
    }
    found = rank(scores(**values), "lower", floor=0.5)
    assert found.far == {"off", "gone"}, "geometric means of 91 and 90, and 49 for the wide one; the limit is 50"
    assert [found.written(name) for name in values] == ["1=", "1=", "2", "2"]
    assert frozenset(("off", "gone")) not in {frozenset((pair.a, pair.b)) for pair in found.ties}
    assert frozenset(("off", "gone")) in {frozenset((pair.a, pair.b)) for pair in found.undecided}
    values.pop("wide")
    found = rank(scores(**values), "lower", floor=0.5)
    assert [found.written(name) for name in values] == ["1", "2", "2"] and found.ties == []
    assert rank(scores(**values), "lower").written("off") == "2="
    assert rank(scores(**values), "higher", floor=0.5).far == frozenset()
    assert rank(scores(**values), "lower", positive=False, floor=0.5).far == frozenset()


def test_a_recipe_just_above_the_limit_is_a_tie_of_one_just_below():
    values = {"a": [40.0, 50.0, 60.0], "b": [41.0, 51.0, 61.0], "off": [38.0, 52.0, 66.0]}
    found = rank(scores(**values), "lower", floor=0.5)
    assert (found.far, found.best) == ({"off", "b"}, None), "geometric means of 50.7 and 50.3, and 49.3"
    assert set(found.ranks.values()) == {1} and [found.written(name) for name in values] == ["1="] * 3
    assert len(found.ties) == 2 and len(found.undecided) == 3
    assert not decided(found, "all") and not decided(found, "best")


def test_what_is_ten_times_as_far_with_every_seed_worse_needs_no_test():
    def pair(near, off):
        found = rank(scores(near=near, off=off), "lower", floor=0.5)
        return found.pairs[0].told_apart, found.pairs[0].decided, found.best

    assert pair([0.5, 0.6], [60.0, 5000.0]) == (False, True, "near")
    assert pair([0.5, 80.0], [60.0, 5000.0]) == (False, False, None), "a seed of it is worse"
    assert pair([30.0, 59.0], [60.0, 500.0]) == (False, False, None), "it is 4 times as far"
    assert pair([0.01, 0.02], [0.6, 30.0]) == (False, False, None), "it is not far from the data"


def test_two_recipes_far_from_the_data_are_asked_to_be_told_apart():
    found = rank(scores(a=[80.0, 100.0], b=[82.0, 101.0]), "lower", floor=0.5)
    assert found.far == {"a", "b"} and found.ties == [] and not decided(found, "all")


def test_recipes_far_above_the_floor_are_ranked_among_themselves():
    values = {"near": [0.4, 0.41, 0.42], "off": [70.0, 71.0, 72.0], "gone": [600.0, 602.0, 610.0]}
    found = rank(scores(**values), "lower", floor=0.5)
    assert found.ranks == {"near": 1, "off": 2, "gone": 3}
    assert found.best == "near"


def test_fewer_than_five_seeds_are_liberal():
    five, four = [10.0, 10.1, 10.2, 10.3, 10.4], [20.0, 20.1, 20.2, 20.3]
    assert rank(scores(a=five, b=four), "lower").liberal
    assert not rank(scores(a=five, b=five), "lower").liberal
    assert not rank(scores(a=five, b=[1.0]), "lower").liberal, "one seed is not tested"


def test_a_failed_run_counts_as_the_worst_there_is():
    found = rank(scores(a=[10.0, 10.1, None], b=[20.0, 50.0, 21.0]), "lower", positive=False)
    (pair,) = found.pairs
    theirs = stats.ttest_ind([10.0, 10.1, 50.0], [20.0, 50.0, 21.0], equal_var=False)
    assert (pair.failures, found.failures) == (1, 1)
    assert pair.comparison.p == pytest.approx(theirs.pvalue)
    (pair,) = rank(scores(a=[5.0, 5.1, None], b=[4.0, 3.0, 3.5]), "higher", positive=False).pairs
    assert pair.comparison.difference == pytest.approx((5.0 + 5.1 + 3.0) / 3 - 3.5)


def test_a_recipe_with_a_failed_run_lends_its_spread_to_none():
    rows = {"a": [10.0, 10.1, 10.3], "b": [11.0, 11.2, 11.1], "c": [9.0, 9.3, 9.2]}
    failing = rank(scores(**rows, d=[10.0, 10.2, None]), "lower")
    assert failing.prior == rank(scores(**rows), "lower").prior


def test_a_recipe_that_never_finished_is_last_without_a_test():
    found = rank(scores(dead=[None, None, None], a=[10.0, 10.4, 9.8], b=[10.1, 9.9, 10.3], lost=[None] * 3), "lower")
    assert found.ranks == {"dead": 3, "a": 1, "b": 1, "lost": 3}
    assert found.written("dead") == "3="
    assert [(pair.a, pair.b) for pair in found.pairs] == [("a", "b")]


def test_one_seed_is_not_ranked_and_leaves_no_best():
    assert written(a=[10.0], b=[90.0], c=[None]) == ["", "", ""]
    found = rank({"a": {0: 10.0, 1: 10.1, 2: 10.2}, "b": {0: 90.0, 1: 90.3, 2: 90.1}, "c": {0: 95.0}}, "lower")
    assert found.ranks == {"a": 1, "b": 2, "c": None}
    assert found.best is None


def test_nothing_played_is_not_ranked():
    assert rank({}, "lower").pairs == ()
    assert rank({"skipped": {}, "a": {0: None}}, "lower").ranks == {"skipped": None, "a": None}
    found = rank({"skipped": {}, "a": {0: 1.0, 1: 1.1}, "b": {0: 9.0, 1: 9.1}}, "lower")
    assert found.ranks == {"skipped": None, "a": 1, "b": 2}
    assert found.best == "a"


def test_the_closest_tie_is_one_without_failures_where_there_is_one():
    found = rank(scores(a=[10.0, 10.4, 9.8], b=[11.1, 9.9, 10.9], c=[10.1, 10.4, None]), "lower")
    pair = found.closest()
    assert (pair.a, pair.b) == ("a", "b")
    shift = pair.detectable() / pair.comparison.standard_error
    assert pair.level == pytest.approx(0.05 / 3)
    assert power(shift, pair.comparison.df, 0.05 / 3) == pytest.approx(0.8, abs=1e-5)


def test_the_same_values_leave_nothing_to_detect():
    assert rank(scores(a=[8.0, 8.0, 8.0], b=[8.0, 8.0, 8.0]), "higher").closest() is None


def test_the_tests_are_plain_data():
    plain = rank(scores(a=[10.0, 10.4, 9.8], b=[14.2, 13.1, 15.0], c=[None, None, None]), "lower").to_json()
    assert plain["ranks"] == {"a": "1", "b": "2", "c": "3"}
    (test,) = plain["tests"]
    assert (plain["best"], test["a"], test["b"], test["test"], test["told_apart"]) == ("a", "a", "b", "Welch", True)
    assert (plain["scale"], plain["prior"], plain["far"]) == ("log", {"df": 0.0, "variance": 0.0}, [])
    assert (plain["level"], plain["liberal"]) == (0.05, True)


VALUES = st.lists(st.floats(1, 100), min_size=3, max_size=3)


@given(st.dictionaries(st.sampled_from("abcde"), VALUES, min_size=1))
def test_the_order_of_the_recipes_does_not_matter_and_ranks_follow_the_means(recipes):
    forth, back = rank(scores(**recipes), "lower"), rank(scores(**dict(reversed(recipes.items()))), "lower")
    assert forth.ranks == back.ranks
    assert forth.best == back.best
    if forth.best:
        assert min(recipes, key=lambda name: math.prod(recipes[name])) == forth.best
        assert list(forth.ranks.values()).count(1) == 1


def test_the_best_need_not_be_told_from_what_is_far_from_the_data():
    """It ranks behind all others, whatever the tests say."""
    found = rank(scores(a=[1.0, 1.1, 0.9], far=[5.0, 1e5, 3e4]), "lower", floor=1.0)
    assert (found.far, found.best, found.pairs[0].told_apart) == ({"far"}, "a", False)
