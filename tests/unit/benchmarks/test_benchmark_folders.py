"""The benchmark of two folders, as far as it can be tried without Inception: its files and its table."""

import sys

import numpy as np
import pytest
from PIL import Image
from repository import ROOT
from torch_fidelity.metric_fid import fid_statistics_to_metric


@pytest.fixture
def script(monkeypatch):
    """The script, and nothing of it left behind."""
    modules = ("folders", "judges", "measuring")
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    for name in modules:
        monkeypatch.delitem(sys.modules, name, raising=False)
    import folders

    yield folders
    for name in modules:
        sys.modules.pop(name, None)


def test_ratios_are_of_each_round_and_numbers_are_compared(script):
    seconds = {script.BASE: [6.0, 9.0, 8.0], "ganzoo eval": [2.0, 3.0, 1.0], "other": [6.0, 9.0, 16.0]}
    found = {script.BASE: {"fid": 2.0}, "ganzoo eval": {"fid": 2.00001}, "other": {"fid": 2.1}}
    base, ours, other = script.rows_of(seconds, found, 2 * 3000, expected=2.0)
    assert ours[f"x {script.BASE}"]["median"] == 3
    assert (ours["images/s"], base["images/s"]) == (3000, 750)
    assert [row["equal"] for row in (base, ours, other)] == [None, True, False]
    assert other[f"x {script.BASE}"]["min"] == 0.5


@pytest.mark.parametrize("n", [5, 12, 60])
def test_the_distance_of_few_images_is_that_of_the_singular_values(script, n):
    """The trace of the root of a product of covariances is the sum of the singular values of X Y^T, of any rank."""
    rng = np.random.default_rng(0)
    sets = [rng.normal(size=(n, 30)), rng.normal(size=(n, 30)) * 1.2 + 0.1]
    centred = [(rows - rows.mean(0)) / (n - 1) ** 0.5 for rows in sets]
    traces = sum((rows**2).sum() for rows in centred)
    shared = np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum()
    moments = [{"mu": rows.mean(0), "sigma": np.cov(rows, rowvar=False)} for rows in sets]
    found = script.distance_of_rank(*moments, rank=min(n - 1, 30))
    gap = sets[0].mean(0) - sets[1].mean(0)
    assert found == pytest.approx(gap @ gap + traces - 2 * shared, rel=1e-12)
    whole = fid_statistics_to_metric(*moments, False)["frechet_inception_distance"]
    assert whole <= found + 1e-12  # roots that rounding adds make the distance too small
    assert (whole == pytest.approx(found, rel=1e-13)) == (n > 30)


def test_the_two_folders_hold_other_images(script, tmp_path):
    one, other = script.image_folder(tmp_path / "one", 3, 0), script.image_folder(tmp_path / "other", 3, 3)
    pixels = [np.asarray(Image.open(path)) for folder in (one, other) for path in sorted(folder.iterdir())]
    assert [each.shape for each in pixels] == [(32, 32, 3)] * 6
    assert len({each.tobytes() for each in pixels}) == 6
