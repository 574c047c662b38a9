"""Copies are found out, honest samples and blurred ones are not."""

import io

import numpy as np
import pytest
import tiny_extractor
import torch
from examinable_run import noise, run
from PIL import Image

from ganzoo.bench.runs.examine import examine
from ganzoo.layers import to_unit
from ganzoo.metrics import Evaluator
from ganzoo.storage.cache import Cache


def found(session, seed=0):
    said, pictures = examine(session, ["memorisation"], seed)
    assert said.keys() == {"memorisation"}
    return said["memorisation"], pictures


def test_a_generator_of_copies_is_found_out():
    said, _ = found(run(noise(40), held_out=noise(50, 1)))
    assert said["median_generated"] == said["low_generated"] == 0 and said["median_ratio"] == 0
    assert said["copies"] == 1 and said["authentic"] == 0 and said["training_share"] == 1
    (warning,) = said["warnings"]
    assert warning.startswith("generated images may be copies of training images") and "0.00" in warning


def test_copies_of_other_samples_than_images_are_called_by_their_name():
    points = torch.randn(40, 2, 1, 1, generator=torch.Generator().manual_seed(0))
    said, _ = found(run(points, held_out=points + 3))
    (warning,) = said["warnings"]
    assert warning.startswith("generated points may be copies of training points")
    assert said["yardstick"] == "held-out points"


def test_an_honest_generator_is_not():
    said, _ = found(run(noise(60), noise(200, 2), held_out=noise(50, 1), samples=200))
    assert 0.9 < said["median_ratio"] < 1.1 and said["copies"] == 0 and 0.3 < said["training_share"] < 0.7
    assert said["warnings"] == []


def test_a_blurred_generator_is_near_to_all_images_and_copies_none():
    said, _ = found(run(noise(60), noise(200, 2) // 16 + 120, held_out=noise(60, 1), samples=200))
    assert said["median_ratio"] < 0.8 and said["nearer_p"] < 0.01  # which alone would warn
    assert said["warnings"] == []


def test_the_numbers_by_hand():
    """Points on a line: training 0, 1, 3, 10; generated 2.25 and 9; held out 5 and 0.5."""
    line = [torch.tensor(p)[:, None, None, None] for p in ([0.0, 1.0, 3.0, 10.0], [2.25, 9.0], [5.0, 0.5])]
    said, pictures = found(run(line[0], line[1], held_out=line[2], samples=64))
    # 2.25 is at 0.75 from 3, which is at 2 from its own nearest; 9 is at 1 from 10, which is at 7 from its own.
    assert said["authentic"] == 0 and said["copies"] == 0 and pictures == {} and said["space"] == "coordinates"
    assert 0.75 <= said["low_generated"] <= said["median_generated"] <= 1
    assert said["median_yardstick"] == 1.25  # between 0.5 and 2
    assert said["low_yardstick"] == pytest.approx(0.5 + 0.01 * 1.5)


def test_a_sample_farther_away_than_its_neighbours_neighbour_is_authentic():
    points = torch.tensor([0.0, 1.0, 3.0, 10.0])[:, None, None, None]
    said, _ = found(run(points, torch.tensor([5.25])[:, None, None, None], held_out=points + 0.5))
    assert said["authentic"] == 1 and said["median_generated"] == 2.25


def test_without_held_out_images_the_yardstick_are_the_training_images():
    training = noise(30)
    said, _ = found(run(training, noise(100, 2), samples=100))
    rows = to_unit(training).flatten(1).double()
    apart = torch.cdist(rows, rows).fill_diagonal_(torch.inf).amin(1)
    assert said["yardstick"] == "training images, each without itself" and "training_share" not in said
    assert said["median_yardstick"] == pytest.approx(apart.quantile(0.5).item(), abs=1e-6)
    assert said["warnings"] == []
    assert len(found(run(training))[0]["warnings"]) == 1


def test_training_images_that_are_all_one_have_no_ratio():
    said, _ = found(run(noise(1).repeat(5, 1, 1, 1)))
    assert "median_ratio" not in said and said["median_yardstick"] == 0 and said["warnings"] == []


def test_one_training_image_is_too_few():
    said, pictures = found(run(noise(4)[:1]))
    assert said.keys() == {"skipped", "warnings"} and pictures == {}


def test_the_picture_has_the_closest_samples_above_their_training_images():
    training = noise(12, channels=3)
    generated = training.clone()
    first = training[:, 0, 0, 0].int()
    # The first is a copy, each further one is farther off.
    generated[:, 0, 0, 0] = (first + torch.where(first < 128, 1, -1) * 5 * torch.arange(12)).byte()
    _, pictures = found(run(training, generated, samples=500))
    pixels = np.asarray(Image.open(io.BytesIO(pictures["memorisation"])))
    tile, scale = 64 + 2, 16
    assert pixels.shape == (2 * tile + 2, 8 * tile + 2, 3)
    at = [2 + tile * k + scale // 2 for k in range(8)]
    above, below = pixels[2 + scale // 2, at, 0], pixels[2 + tile + scale // 2, at, 0]
    assert above.tolist() == generated[:8, 0, 0, 0].tolist() and below.tolist() == training[:8, 0, 0, 0].tolist()


def test_an_extractors_features_are_what_is_compared(tmp_path, monkeypatch):
    monkeypatch.setattr(tiny_extractor.TinyExtractor, "shipped", tiny_extractor.weights_at(tmp_path / "w.safetensors"))
    evaluator = Evaluator.open(tiny_extractor.registry(), "tiny", ["mean"], cache=Cache(tmp_path / "cache"))
    training, generated, held_out = (
        tiny_extractor.images(30),
        tiny_extractor.images(40, seed=1),
        tiny_extractor.images(20, seed=2),
    )
    session = run(training, generated, held_out=held_out, evaluator=evaluator)
    tiny_extractor.SEEN.clear()
    said, _ = found(session)
    assert said["space"] == "features of tiny" and tiny_extractor.SEEN == [64, 30, 20]
    features = evaluator.extractor(training)["features"].double()
    wanted = torch.cdist(evaluator.extractor(held_out)["features"].double(), features).amin(1)
    assert said["median_yardstick"] == pytest.approx(wanted.quantile(0.5).item(), abs=1e-6)
    tiny_extractor.SEEN.clear()
    again, _ = found(session)
    assert again == said and tiny_extractor.SEEN == [64]  # those of the data are kept


def test_features_that_are_no_numbers_are_skipped(tmp_path, monkeypatch):
    monkeypatch.setattr(tiny_extractor.TinyExtractor, "shipped", tiny_extractor.weights_at(tmp_path / "w.safetensors"))
    evaluator = Evaluator.open(tiny_extractor.registry(), "blind", ["mean"], cache=Cache(tmp_path / "cache"))
    said, pictures = found(run(tiny_extractor.images(20), evaluator=evaluator))
    assert said == {"skipped": "the extractor blind gives NaN or infinite features", "warnings": []} and not pictures
