"""Scores and the rank test, against scikit-learn and SciPy; the nearest points, against all distances."""

import math

import pytest
import torch

from ganzoo.bench.runs.examine import nearest as module
from ganzoo.bench.runs.examine.nearest import nearest
from ganzoo.bench.runs.examine.scores import accuracy, f1, macro_f1, rank_test, roc_auc


def labels(n, classes, seed):
    return torch.randint(classes, (n,), generator=torch.Generator().manual_seed(seed))


def values(n, seed, coarse=None):
    drawn = torch.randn(n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (drawn * coarse).round() if coarse else drawn


# -- scores ----------------------------------------------------------------------------------------------------


def test_scores_by_hand():
    truth, guess = torch.tensor([0, 0, 1, 1, 2, 2]), torch.tensor([0, 1, 1, 1, 0, 0])
    assert accuracy(truth, guess) == 0.5
    # class 0: 1 of 3 guessed, 1 of 2 found; class 1: 2 of 3, 2 of 2; class 2: nothing
    assert macro_f1(truth, guess) == pytest.approx((0.4 + 0.8 + 0) / 3)
    assert f1(truth == 1, guess == 1) == pytest.approx(0.8)
    assert f1(torch.zeros(3).bool(), torch.zeros(3).bool()) == 0
    assert roc_auc(torch.tensor([3.0, 1.0]), torch.tensor([2.0, 1.0])) == (2 + 0.5) / 4
    assert roc_auc(torch.tensor([1.0]), torch.tensor([0.0, -1.0])) == 1


@pytest.mark.parametrize(("n", "classes", "seed"), [(50, 3, 0), (200, 10, 1), (7, 5, 2), (30, 2, 3)])
def test_scores_are_those_of_sklearn(n, classes, seed):
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    truth, guess = labels(n, classes, seed), labels(n, classes + 1, seed + 100)
    assert accuracy(truth, guess) == pytest.approx(metrics.accuracy_score(truth, guess), abs=1e-12)
    assert macro_f1(truth, guess) == pytest.approx(
        metrics.f1_score(truth, guess, average="macro", zero_division=0), abs=1e-12
    )
    assert f1(truth == 0, guess == 0) == pytest.approx(metrics.f1_score(truth == 0, guess == 0), abs=1e-12)


@pytest.mark.parametrize("coarse", [None, 3])
def test_auc_is_that_of_sklearn(coarse):
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    positive, negative = values(60, 0, coarse) + 1, values(90, 1, coarse)
    truth = [1] * 60 + [0] * 90
    assert roc_auc(positive, negative) == pytest.approx(
        metrics.roc_auc_score(truth, torch.cat((positive, negative))), abs=1e-12
    )


@pytest.mark.parametrize("coarse", [None, 2])
@pytest.mark.parametrize("shift", [-0.5, 0.0, 0.4])
def test_the_rank_test_is_that_of_scipy(coarse, shift):
    stats = pytest.importorskip("scipy.stats", reason="SciPy is not installed")
    a, b = values(40, 5, coarse) + shift, values(75, 6, coarse)
    theirs = stats.mannwhitneyu(a, b, alternative="less", method="asymptotic")
    ours = rank_test(a, b)
    assert ours.u == pytest.approx(40 * 75 - theirs.statistic, abs=1e-9)
    assert ours.p == pytest.approx(theirs.pvalue, rel=1e-10)


def test_values_that_are_all_one_tell_nothing():
    assert rank_test(torch.ones(5), torch.ones(7)).p == 1
    assert roc_auc(torch.ones(5), torch.ones(7)) == 0.5


# -- the nearest -----------------------------------------------------------------------------------------------


def by_table(queries, points, own=None):
    table = (queries.double()[:, None] - points.double()[None]).square().sum(2).sqrt()
    if own is not None:
        table[torch.arange(len(queries)), own] = math.inf
    return table.min(dim=1)


@pytest.mark.parametrize(("q", "n", "f"), [(30, 50, 3), (5, 2, 4), (7, 1, 2), (64, 65, 16)])
@pytest.mark.parametrize("far", [0.0, 100.0])
def test_the_nearest_is_that_of_the_whole_table(monkeypatch, q, n, f, far):
    monkeypatch.setattr(module, "_QUERIES", 16)
    monkeypatch.setattr(module, "_POINTS", 16)
    monkeypatch.setattr(module, "_MEASURED", 100)
    rng = torch.Generator().manual_seed(q)
    queries, points = torch.randn(q, f, generator=rng) + far, torch.randn(n, f, generator=rng) + far
    found, wanted = nearest(queries, points), by_table(queries, points)
    assert (found.distance - wanted.values).abs().max() < 1e-12
    assert torch.equal(found.index, wanted.indices)


def test_a_copy_is_at_distance_0_and_the_first_of_several():
    points = torch.randn(40, 8, generator=torch.Generator().manual_seed(0)) + 50
    points[7] = points[31] = points[20]
    found = nearest(points[[20, 3]], points)
    assert found.distance.tolist() == [0, 0] and found.index.tolist() == [7, 3]


def test_a_point_does_not_count_for_itself():
    points = torch.randn(33, 5, generator=torch.Generator().manual_seed(0))
    own = torch.tensor([4, 32, 0])
    found, wanted = nearest(points[own], points, own=own), by_table(points[own], points, own)
    assert torch.equal(found.index, wanted.indices) and (found.distance - wanted.values).abs().max() < 1e-12
    alone = nearest(points[:1], points[:1], own=torch.tensor([0]))
    assert alone.distance.tolist() == [math.inf]


def test_rows_are_made_of_what_is_kept():
    kept = torch.tensor([[0, 255], [255, 0], [250, 10]], dtype=torch.uint8)
    found = nearest(kept[:1], kept, own=torch.tensor([0]), rows=lambda some: some.float() / 5)
    assert found.index.tolist() == [2] and found.distance.item() == pytest.approx(math.hypot(50, 49))
