"""Sets of pairs: files of the same name belong to each other, and others are refused."""

import pytest
import tiny_extractor
import torch
from evaluated_sets import features, files, mixed
from image_files import fill

from ganzoo.errors import MetricError


def test_files_of_the_same_name_are_pairs(tmp_path, judged):
    fake, real = mixed(12, seed=1), mixed(12, seed=2)
    fill(tmp_path / "fake", files(fake)), fill(tmp_path / "real", files(real))
    found = judged(tmp_path / "fake", tmp_path / "real", metrics=("paired", "diversity"), pairs=False)
    one, other = (torch.from_numpy(features(images)) for images in (fake, real))
    assert found["paired"].value == pytest.approx(float((one - other).square().sum(1).mean()), rel=1e-5)
    within = torch.pdist(one).square().mean()
    assert found["diversity"].value == pytest.approx(float(within), rel=1e-5)
    assert found["diversity"].real == pytest.approx(float(torch.pdist(other).square().mean()), rel=1e-5)


def test_other_names_and_numbers_are_refused(tmp_path, judged):
    images = files(mixed(6))
    fill(tmp_path / "fake", images)
    fill(tmp_path / "real", {name if name != "0003.png" else "0003b.png": data for name, data in images.items()})
    with pytest.raises(MetricError, match=r"same name, and '0003.png' stands where '0003b.png' does"):
        judged(tmp_path / "fake", tmp_path / "real", metrics=("paired",))
    with pytest.raises(MetricError, match="6 generated images and 20 real ones"):
        judged(tmp_path / "fake", tiny_extractor.images(20), metrics=("paired",))
