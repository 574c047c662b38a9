import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ganzoo.bench.stats.ranking import rank
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


def test_a_wide_spread_between_two_that_differ_ties_with_both():
    # wide reaches both; the other two are far apart, so that only one of them is behind anybody.
    assert written(near=[10.0, 10.1, 10.2], wide=[5.0, 15.0, 40.0], far=[30.0, 30.2, 30.1]) == ["1=", "1=", "2"]


def test_the_same_seeds_are_paired_and_others_are_not():
    a, b = [10.0, 20.0, 30.0], [11.0, 21.2, 30.9]
    (pair,) = rank(scores(a=a, b=b), "lower").pairs
    assert pair.paired
    assert pair.p == pytest.approx(stats.ttest_rel(a, b).pvalue)
    (pair,) = rank({"a": {0: 10.0, 1: 20.0, 2: 30.0}, "b": {0: 11.0, 1: 21.2, 3: 30.9}}, "lower").pairs
    assert not pair.paired
    assert pair.p == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue)


def test_pairs_go_by_seed_and_not_by_place():
    (pair,) = rank({"a": {0: 10.0, 1: 20.0, 2: 30.0}, "b": {2: 30.9, 0: 11.0, 1: 21.2}}, "lower").pairs
    assert pair.comparison.difference == pytest.approx(-(1.0 + 1.2 + 0.9) / 3)
    assert pair.p == pytest.approx(stats.ttest_rel([10.0, 20.0, 30.0], [11.0, 21.2, 30.9]).pvalue)


def test_many_pairs_are_corrected_after_holm():
    found = rank(scores(a=[10.0, 10.4, 9.8], b=[14.2, 13.1, 15.0], c=[90.0, 99.0, 95.0]), "lower")
    alone = rank(scores(a=[10.0, 10.4, 9.8], b=[14.2, 13.1, 15.0]), "lower")
    assert alone.pairs[0].p == pytest.approx(0.0310, abs=1e-4)
    assert alone.best == "a"
    # The other two pairs have p = 0.0010 and 0.0011: what remains is tested alone, at the full 5 %.
    assert found.pairs[0].p == pytest.approx(alone.pairs[0].p)
    assert found.best == "a"
    assert [pair.level for pair in found.pairs] == [0.05] * 3
    four = rank(scores(a=[10.0, 10.4, 9.8], b=[14.2, 13.1, 15.0], c=[14.1, 13.4, 14.4]), "lower")
    assert four.pairs[0].p == pytest.approx(2 * alone.pairs[0].p)
    assert four.best is None


def test_a_failed_run_counts_as_the_worst_there_is():
    found = rank(scores(a=[10.0, 10.1, None], b=[20.0, 50.0, 21.0]), "lower")
    (pair,) = found.pairs
    theirs = stats.ttest_ind([10.0, 10.1, 50.0], [20.0, 50.0, 21.0], equal_var=False)
    assert (pair.paired, pair.failures, found.failures) == (False, 1, 1)
    assert pair.comparison.p == pytest.approx(theirs.pvalue)
    (pair,) = rank(scores(a=[5.0, 5.1, None], b=[4.0, 3.0, 3.5]), "higher").pairs
    assert pair.comparison.difference == pytest.approx((5.0 + 5.1 + 3.0) / 3 - 3.5)


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
    assert power(shift, 2, 0.05 / 3) == pytest.approx(0.8, abs=1e-5)


def test_the_same_values_leave_nothing_to_detect():
    assert rank(scores(a=[8.0, 8.0, 8.0], b=[8.0, 8.0, 8.0]), "higher").closest() is None


def test_the_tests_are_plain_data():
    plain = rank(scores(a=[10.0, 10.4, 9.8], b=[14.2, 13.1, 15.0], c=[None, None, None]), "lower").to_json()
    assert plain["ranks"] == {"a": "1", "b": "2", "c": "3"}
    (test,) = plain["tests"]
    assert (plain["best"], test["a"], test["b"], test["test"], test["told_apart"]) == ("a", "a", "b", "paired t", True)


VALUES = st.lists(st.floats(1, 100), min_size=3, max_size=3)


@given(st.dictionaries(st.sampled_from("abcde"), VALUES, min_size=1))
def test_the_order_of_the_recipes_does_not_matter_and_ranks_follow_the_means(recipes):
    forth, back = rank(scores(**recipes), "lower"), rank(scores(**dict(reversed(recipes.items()))), "lower")
    assert forth.ranks == back.ranks
    assert forth.best == back.best
    if forth.best:
        assert min(recipes, key=lambda name: sum(recipes[name])) == forth.best
        assert list(forth.ranks.values()).count(1) == 1
