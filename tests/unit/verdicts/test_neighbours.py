"""The two nearest rows, beside scikit-learn's."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from ganzoo.verdicts import neighbours
from ganzoo.verdicts.neighbours import two_nearest


@pytest.fixture
def points():
    return torch.randn(300, 20, generator=torch.Generator().manual_seed(0)) + 5


@pytest.mark.parametrize("block", [8192, 70])
def test_distances_are_those_of_scikit_learn(points, monkeypatch, block):
    monkeypatch.setattr(neighbours, "_POINTS", block)
    queries = torch.randn(50, 20, generator=torch.Generator().manual_seed(1)) + 5
    distance, index = (
        NearestNeighbors(n_neighbors=2, algorithm="brute").fit(points.double()).kneighbors(queries.double())
    )
    found = two_nearest(queries, points)
    assert np.allclose(found.first, distance[:, 0], rtol=1e-6)
    assert np.allclose(found.second, distance[:, 1], rtol=1e-6)
    assert found.index.tolist() == index[:, 0].tolist()


def test_a_row_is_not_its_own_neighbour(points):
    own = torch.arange(len(points))
    distance, _ = NearestNeighbors(n_neighbors=3, algorithm="brute").fit(points.double()).kneighbors(points.double())
    found = two_nearest(points, points, own)
    assert np.allclose(found.first, distance[:, 1], rtol=1e-6)
    assert np.allclose(found.second, distance[:, 2], rtol=1e-6)
    assert not bool((found.index == own).any())


def test_a_copy_is_at_distance_0_and_its_ratio_is_0(points):
    found = two_nearest(points[:5].clone(), points)
    assert found.first.tolist() == [0] * 5
    assert found.ratio.tolist() == [0] * 5


def test_the_ratio_of_a_row_that_is_there_twice_is_1(points):
    assert two_nearest(points[:1], torch.cat((points, points[:1]))).ratio.item() == 1
