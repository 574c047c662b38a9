"""The Fréchet distance of infinitely many samples, and the line behind it."""

import io

import numpy as np
import pytest
import torch
from ganzoo_plugins.fidelity.fit import fit_png, line_through
from ganzoo_plugins.fidelity.frechet import FrechetDistance
from ganzoo_plugins.fidelity.infinity import FrechetAtInfinity
from PIL import Image

from ganzoo.errors import MetricError

SIZES = [200, 329, 457, 586, 714, 843, 971, 1100, 1229, 1357, 1486, 1614, 1743, 1871, 2000]


def normal(n, seed, shift=0.0, features=24):
    rng = torch.Generator().manual_seed(seed)
    return {"features": torch.randn(n, features, generator=rng) + shift}


@pytest.fixture(scope="module")
def found():
    """2,000 samples a shift of 0.25 in each of 24 features away from 20,000 real ones; 1.5 is the truth."""
    metric = FrechetAtInfinity()
    fake, real = metric.summarise(normal(2000, 1, shift=0.25)), metric.summarise(normal(20_000, 2))
    return metric, fake, real


def test_the_line_is_that_of_least_squares():
    rng = np.random.default_rng(0)
    sizes = [100, 200, 300, 1000]
    values = (3 + 50 / np.array(sizes) + rng.normal(size=4) * 0.1).tolist()
    slope, intercept = np.polyfit(1 / np.array(sizes), values, 1)
    fit = line_through(sizes, values)
    assert (fit.intercept, fit.slope) == (pytest.approx(intercept, rel=1e-9), pytest.approx(slope, rel=1e-9))
    exact = line_through([2, 4], [5.0, 3.0])
    assert (exact.intercept, exact.slope) == (pytest.approx(1.0, abs=1e-12), pytest.approx(8.0, abs=1e-12))


def test_it_is_nearer_to_the_truth_than_the_distance_of_all_samples(found):
    metric, fake, real = found
    plain = FrechetDistance().compare(fake, real)
    at_infinity = metric.compare(fake, real)
    assert plain - 1.5 > 0.1
    assert abs(at_infinity - 1.5) < 0.05 < (plain - 1.5) / 2


def test_it_is_the_line_through_subsets_drawn_without_replacement(found):
    metric, fake, real = found
    assert metric._sizes(2000) == SIZES
    rng = torch.Generator().manual_seed(2020)
    values = []
    for size in SIZES:
        rows = fake["features"][torch.randperm(2000, generator=rng)[:size]]
        values.append(FrechetDistance().compare(FrechetDistance().summarise({"features": rows}), real))
    slope, intercept = np.polyfit(1 / np.array(SIZES), values, 1)
    assert metric.compare(fake, real) == pytest.approx(intercept, rel=1e-6)
    assert slope > 100


def test_all_samples_are_the_last_of_the_sizes(found):
    metric, fake, real = found
    fit = metric._fit(fake, real)
    assert fit.values[-1] == pytest.approx(FrechetDistance().compare(fake, real), rel=1e-12)
    assert fit.sizes[-1] == 2000


def test_the_labels_keep_the_word_fid_for_inception():
    metric = FrechetAtInfinity()
    assert (metric.label("inception"), metric.label("digits")) == ("FID∞", "FD∞[digits]")
    assert metric.states(50_000, 10) == ("line through 15 sizes of 5,000 to 50,000 generated images, read at 1/N = 0")


def test_too_few_samples_are_refused_with_the_number_that_it_takes():
    metric = FrechetAtInfinity()
    real = metric.summarise(normal(50, 1, features=4))
    with pytest.raises(MetricError, match="at least 20 images, not 14"):
        metric.compare(metric.summarise(normal(14, 2, features=4)), real)
    assert np.isfinite(metric.compare(metric.summarise(normal(20, 2, features=4)), real))


def test_the_picture_shows_points_line_and_end(found):
    metric, fake, real = found
    drawn = metric.picture(fake, real)
    assert drawn == metric.picture(fake, real)
    with Image.open(io.BytesIO(drawn)) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    assert pixels.shape == (560, 1120, 3)

    def where(colour):
        return np.argwhere(np.abs(pixels - colour).sum(2) < 40)

    points, line = where((0, 82, 140)), where((166, 175, 186))
    assert points[:, 1].max() - points[:, 1].min() > 700  # from a tenth to all
    assert line[:, 1].min() < points[:, 1].min()  # and on to 1/N = 0
    assert line[:, 0].max() > points[:, 0].max()  # it falls on the way there


@pytest.mark.parametrize("values", [[1.0, 1.0, 1.0], [-0.001, 0.002, 0.0], [1e6, 2e6, 5e5]])
def test_any_values_can_be_drawn(values):
    with Image.open(io.BytesIO(fit_png(line_through([10, 50, 100], values), "distance"))) as picture:
        assert picture.size == (1120, 560)
