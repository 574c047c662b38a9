"""Ring and grid: their points, and what sees them."""

import json
import math

import numpy as np
import pytest
import torch
from ganzoo_plugins.mixtures.dataset import Grid, Ring
from ganzoo_plugins.mixtures.extractor import GridExtractor, RingExtractor
from ganzoo_plugins.mixtures.mixture import Mixture

from ganzoo.data.packed import content_hash
from ganzoo.errors import DataError, SetupError

H = math.sqrt(0.5)
RING = [(1, 0), (H, H), (0, 1), (-H, H), (-1, 0), (-H, -H), (0, -1), (H, -H)]
GRID = [(x, y) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)]
BOTH = pytest.mark.parametrize(
    ("dataset", "extractor", "centres", "std"),
    [(Ring, RingExtractor, RING, 0.01), (Grid, GridExtractor, GRID, 0.05)],
    ids=["ring", "grid"],
)


@BOTH
def test_the_centres_are_where_they_are_said_to_be(dataset, extractor, centres, std):
    mixture = Mixture.read(Mixture.path(dataset.name))
    assert mixture.std == std
    assert mixture.centres == pytest.approx(np.array(centres, float), abs=1e-15)
    assert extractor.modes == len(centres) and extractor.point == 2
    assert torch.equal(extractor().centres, torch.tensor(centres, dtype=torch.float32))


@BOTH
def test_points_are_spread_about_their_centres(dataset, extractor, centres, std):
    found = dataset().read({})
    assert (found.pixels.shape, found.pixels.dtype) == ((100_000, 2, 1, 1), np.float32)
    assert len(found.classes) == len(set(found.classes)) == len(centres)
    counts = np.bincount(found.labels, minlength=len(centres))
    even = 100_000 / len(centres)
    assert np.abs(counts - even).max() < 5 * math.sqrt(even)
    off = (found.pixels[:, :, 0, 0] - np.array(centres)[found.labels]) / std
    assert np.abs(off.mean(0)).max() < 5 / math.sqrt(100_000)
    assert off.std(0) == pytest.approx(1, abs=0.01)
    assert abs(np.corrcoef(off.T)[0, 1]) < 0.02
    # of a Gaussian in the plane 1 - exp(-9/2) lie within three standard deviations
    assert (np.hypot(*off.T) < 3).mean() == pytest.approx(1 - math.exp(-4.5), abs=0.002)


@pytest.mark.parametrize(
    ("dataset", "digest"),
    [
        (Ring, "cbc0ab694ffc75f44965acfa2e074fe29c01aea8a5ddaa6c491b438cbcf4dea9"),
        (Grid, "253601cfb642e9e0c463c13dc0875285eef75abead452455d4fc8f9234376e35"),
    ],
)
def test_the_points_are_the_same_every_time(dataset, digest):
    first, second = dataset().read({}), dataset().read({})
    # A published number hangs on it: whoever changes the points must give the dataset a new name.
    assert content_hash(first) == content_hash(second) == digest


def test_classes_are_named_after_their_centres():
    assert Ring().read({}).classes[:4] == ("(1, 0)", "(0.707, 0.707)", "(0, 1)", "(-0.707, 0.707)")
    assert Grid().read({}).classes[::6] == ("(-4, -4)", "(-2, -2)", "(0, 0)", "(2, 2)", "(4, 4)")


def seen_by(extractor, points):
    with torch.no_grad():
        return extractor()(torch.tensor(points, dtype=torch.float32)[:, :, None, None])


@pytest.mark.parametrize(
    ("extractor", "point", "mode"),
    [
        (RingExtractor, (1.0, 0.0), 0),
        (RingExtractor, (1.0299, 0.0), 0),
        (RingExtractor, (1.0301, 0.0), -1),
        (RingExtractor, (0.0, 0.9701), 2),
        (RingExtractor, (0.0, 0.9699), -1),
        (RingExtractor, (-H + 0.0212, -H - 0.0212), 5),  # 0.02998 away
        (RingExtractor, (-H + 0.0213, -H - 0.0213), -1),  # 0.03012
        (RingExtractor, (0.0, 0.0), -1),
        (RingExtractor, (1e30, -1e30), -1),
        (GridExtractor, (-4.0, -4.0), 0),
        (GridExtractor, (4.0, 4.1499), 24),
        (GridExtractor, (4.0, 4.1501), -1),
        (GridExtractor, (-2.1499, 0.0), 7),
        (GridExtractor, (-2.1501, 0.0), -1),
        (GridExtractor, (2.0899, -0.1199), 17),  # of (0.09, 0.12) the length is 0.15
        (GridExtractor, (2.0901, -0.1201), -1),
        (GridExtractor, (1.0, 1.0), -1),
    ],
)
def test_a_point_counts_for_a_mode_within_three_standard_deviations(extractor, point, mode):
    seen = seen_by(extractor, [point])
    assert seen["mode"].tolist() == [[mode]]
    assert seen["quality"].tolist() == [[float(mode >= 0)]]


def test_features_are_the_points_and_logits_their_log_densities():
    points = [(0.5, -0.25), (4.0, 2.0)]
    seen = seen_by(GridExtractor, points)
    assert seen["features"].tolist() == [[0.5, -0.25], [4.0, 2.0]]
    for row, (x, y) in zip(seen["logits"].tolist(), points, strict=True):
        by_hand = [-((x - a) ** 2 + (y - b) ** 2) / (2 * 0.05**2) for a, b in GRID]
        assert row == pytest.approx(by_hand, rel=1e-5, abs=1e-6)
    assert {key: tuple(value.shape) for key, value in seen.items()} == {
        "features": (2, 2),
        "logits": (2, 25),
        "mode": (2, 1),
        "quality": (2, 1),
    }


def test_a_point_far_away_has_finite_logits():
    seen = seen_by(RingExtractor, [(3e38, 0.0), (-1e25, 1e25)])
    assert all(value.isfinite().all() for value in seen.values())


@BOTH
def test_real_points_are_seen_as_the_modes_that_they_were_drawn_of(dataset, extractor, centres, std):
    found = dataset().read({})
    with torch.no_grad():
        mode = extractor()(torch.from_numpy(found.pixels))["mode"][:, 0].numpy()
    assert (mode[mode >= 0] == found.labels[mode >= 0]).all()
    assert (mode >= 0).mean() == pytest.approx(1 - math.exp(-4.5), abs=0.002)


def test_centres_may_be_given(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"std": 1, "centres": [[10 * k, 0] for k in range(8)]}))
    points = torch.tensor([[31.0, 0.5], [35.0, 0.0]])[:, :, None, None]
    assert RingExtractor(weights=path)(points)["mode"].tolist() == [[3], [-1]]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[1, 2]",
        "{}",
        '{"std": 1}',
        '{"std": 1, "centres": [[0, 0]]}',
        json.dumps({"std": 0, "centres": RING}),
        json.dumps({"std": math.nan, "centres": RING}),
        json.dumps({"std": 1, "centres": [[1, 2, 3]] * 8}),
        json.dumps({"std": 1, "centres": [[1, math.inf]] * 8}),
        json.dumps({"std": 1, "centres": [[1], [1, 2]]}),
        f'{{"std": 1, "centres": [[1, 1{"0" * 400}], [1, 2]]}}',
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path, content):
    path = tmp_path / "mine.json"
    path.write_text(content)
    with pytest.raises(SetupError, match=r"mine\.json does not hold the 8 centres of the extractor ring"):
        RingExtractor(weights=path)


def test_an_installation_without_the_centres_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(Mixture, "path", staticmethod(lambda name: tmp_path / f"{name}.json"))
    with pytest.raises(DataError, match=r"the shipped file 'ring.json' is missing or damaged"):
        Ring().read({})


# -- benches -----------------------------------------------------------------------------------------------------
