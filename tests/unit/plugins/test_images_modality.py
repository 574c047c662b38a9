"""Images and points as modalities, against values worked out by hand."""

import pytest
import torch
from ganzoo_plugins.images.images import ImageModality
from ganzoo_plugins.images.points import PointModality

from ganzoo.registry.discovery import load_zoo
from ganzoo.testing import assert_conforms


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", ["images", "points"])
def test_they_conform(name):
    assert_conforms(load_zoo(third_party=False).registry, "modality", name)


def test_bytes_play_between_minus_one_and_one():
    x = torch.tensor([0, 127, 255], dtype=torch.uint8).view(3, 1, 1, 1)
    real, y = ImageModality(image_size=1, channels=1).play({"x": x}, flips=False, rng=rng())
    assert real.flatten().tolist() == pytest.approx([-1, -1 / 255, 1])
    assert y is None


def test_what_plays_rests_as_it_was():
    x = torch.arange(256, dtype=torch.uint8).view(4, 1, 8, 8)
    modality = ImageModality(image_size=8, channels=1)
    real, _ = modality.play({"x": x}, flips=False, rng=rng())
    assert torch.equal(modality.rest(real), x)


def test_dequantised_images_stay_within_their_grey_level():
    x = torch.arange(256, dtype=torch.uint8).view(4, 1, 8, 8)
    real, _ = ImageModality(image_size=8, channels=1).play({"x": x}, flips=False, rng=rng(), noise=rng(1))
    level = (real + 1) * 128
    assert torch.equal(level.floor().to(torch.uint8), x)
    assert not torch.equal(level, level.floor())


def test_flips_mirror_left_and_right_by_the_given_stream_alone():
    x = torch.arange(2, dtype=torch.uint8).view(1, 1, 1, 2).expand(64, 1, 1, 2)
    noise = rng(1)
    before = noise.get_state()
    real, _ = ImageModality(image_size=(1, 2), channels=1).play({"x": x}, flips=True, rng=rng())
    mirrored = (real[:, 0, 0, 0] > real[:, 0, 0, 1]).float().mean()
    assert 0.25 < mirrored < 0.75
    assert torch.equal(before, noise.get_state())


def test_labels_are_offered_where_the_game_sees_them():
    modality = ImageModality(image_size=(8, 8), channels=3, num_classes=10)
    assert modality.offers(conditional=True) == {"image_size": 8, "channels": 3, "num_classes": 10}
    assert modality.offers(conditional=False) == {"image_size": 8, "channels": 3, "num_classes": 0}
    assert PointModality(2, 8).offers(conditional=True) == {"image_size": 1, "channels": 2, "num_classes": 8}


def test_a_rectangle_has_a_square_that_some_networks_play():
    assert ImageModality(image_size=8).narrower() == ()
    [(square, clause)] = ImageModality(image_size=(64, 32), channels=1, num_classes=3).narrower()
    assert square == ImageModality(image_size=32, channels=1, num_classes=3)
    assert clause == "takes square images only, and these are 64x32: --size 32 --crop center makes them square"


def test_points_play_as_they_are():
    x = torch.tensor([[1.5, -70.0]]).view(1, 2, 1, 1)
    modality = PointModality(2)
    real, y = modality.play({"x": x, "y": torch.tensor([3])}, flips=True, rng=rng())
    assert torch.equal(real, x) and real.data_ptr() != x.data_ptr()
    assert torch.equal(modality.rest(real), x)
    assert torch.equal(y, torch.tensor([3]))


def test_they_are_told_in_words():
    images = ImageModality(image_size=(28, 20), channels=1)
    assert images.described(images.example(3)) == "3 images of 28x20x1"
    assert PointModality(2).described(PointModality(2).example(4)) == "4 points of 2 numbers"
