"""Nearest neighbours and balls in blocks, beside the table of all distances."""

import pytest
import torch
from ganzoo_plugins.fidelity import neighbours
from ganzoo_plugins.fidelity.neighbours import balls, nearest


def normal(n, features, seed, shift=0.0):
    return torch.randn(n, features, generator=torch.Generator().manual_seed(seed)) + shift


def distances(one, other):
    """Squared, and straight from their definition: no product of matrices."""
    return (one.double()[:, None] - other.double()[None]).square().sum(2)


def plain_nearest(rows, k):
    table = distances(rows, rows)
    table.fill_diagonal_(torch.inf)
    return table.sort(1).values[:, :k]


@pytest.fixture(params=[(256, 2048), (7, 13), (16, 400)], ids=str)
def blocks(request, monkeypatch):
    """Whole sets in one block, blocks that are cut anyhow, and rows with many groups and an uneven rest."""
    monkeypatch.setitem(neighbours._BLOCK, "cpu", request.param)
    monkeypatch.setattr(neighbours, "_GROUP", 8)


@pytest.mark.parametrize(("n", "features", "k"), [(500, 2, 5), (90, 64, 3), (6, 4, 5)])
def test_the_nearest_are_those_of_the_whole_table(blocks, n, features, k):
    rows = normal(n, features, 1)
    torch.testing.assert_close(nearest(rows, k), plain_nearest(rows, k), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("features", "shift"), [(2, 0.0), (64, 0.0), (8, 1000.0)])
def test_balls_hold_what_they_hold_in_the_whole_table(blocks, features, shift):
    centres, points = normal(300, features, 1, shift), normal(210, features, 2, shift + 0.3)
    squares = plain_nearest(centres, 3)[:, 2]
    inside = distances(points, centres) <= squares
    parts = (torch.rand(4, 210, generator=torch.Generator().manual_seed(3)) < 0.5).float()
    found = balls(centres, squares, points, parts)
    assert found.held.tolist() == inside.sum(1).tolist()
    assert found.filled.tolist() == inside.any(0).tolist()
    assert found.filled_by_part.tolist() == [inside[part > 0].any(0).tolist() for part in parts]
    assert 0 < int(found.filled.sum()) < 300
    assert len(balls(centres, squares, points).filled_by_part) == 0
    assert balls(centres, squares, points, rims=False).held.tolist() == inside.sum(1).tolist()  # none lies on a rim


def test_a_ball_holds_its_own_rim(blocks):
    rows = normal(200, 16, 1, shift=3.0)
    k = 4
    # The points are the centres: each ball holds its centre and just its k neighbours, the last of them on the rim.
    found = balls(rows, nearest(rows, k)[:, k - 1], rows.clone())
    assert int(found.held.sum()) == 200 * (k + 1)
    without = balls(rows, nearest(rows, k)[:, k - 1], rows.clone(), rims=False)
    assert int(without.held.sum()) == 200 * k


def test_copies_lie_at_no_distance_and_hold_one_another(blocks):
    rows = normal(40, 8, 1, shift=5.0).repeat(3, 1)
    squares = nearest(rows, 3)
    assert float(squares[:, :2].max()) < 1e-12 < 1e-3 < float(squares[:, 2].min())
    assert balls(rows, squares[:, 1], rows).held.tolist() == [3] * 120
    assert balls(rows, squares[:, 1], rows, rims=False).held.tolist() == [0] * 120
