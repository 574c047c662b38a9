"""Pictures of images and of points, against files that were drawn before there were modalities."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from ganzoo_plugins.images.images import ImageModality
from ganzoo_plugins.images.points import PointModality
from PIL import Image

from ganzoo.drawing import description_of

DRAWN = Path(__file__).parents[1] / "drawing" / "drawn"


@pytest.fixture
def drawings():
    """Of each file's samples what the modalities draw, by its name; all samples are of one stream, in this order."""
    rng, drawn = np.random.default_rng(19), {}

    def images(*shape):
        return torch.from_numpy(rng.integers(0, 256, shape, dtype=np.uint8))

    def points(n, numbers):
        return torch.from_numpy(rng.standard_normal((n, numbers, 1, 1)).astype(np.float32))

    for name, shape in (("grey", (5, 1, 8, 8)), ("colour", (3, 3, 16, 12)), ("five-channels", (2, 5, 8, 8))):
        drawn[name] = ImageModality(shape[2:], shape[1]).picture(images(*shape), None, None)
    drawn["ways"] = ImageModality(8, 1).ways(images(6, 1, 8, 8), 3)
    drawn["points"] = PointModality(2).picture(points(40, 2), points(60, 2), None)
    alone, _ = points(40, 2), points(40, 2)
    drawn["points-alone"] = PointModality(2).picture(alone, None, None)
    for name, numbers in (("points-of-three", 3), ("points-of-one", 1)):
        drawn[name] = PointModality(numbers).picture(points(20, numbers), points(20, numbers), None)
    return drawn


def test_every_file_is_drawn(drawings):
    assert set(drawings) == {path.stem for path in DRAWN.iterdir()}


@pytest.mark.parametrize("name", sorted(path.stem for path in DRAWN.iterdir()))
def test_pictures_are_those_of_before(drawings, name):
    then = (DRAWN / f"{name}.png").read_bytes()
    one, other = (Image.open(io.BytesIO(data)) for data in (then, drawings[name]))
    assert (one.mode, one.size) == (other.mode, other.size)
    # Versions of Pillow round the edges of marks differently, by one step of 255.
    np.testing.assert_allclose(*(np.asarray(image.convert("RGB"), dtype=np.int16) for image in (one, other)), atol=1)
    assert description_of(then) == description_of(drawings[name])


def test_data_of_points_are_drawn_as_real_ones():
    points = torch.randn(30, 2, 1, 1, generator=torch.Generator().manual_seed(0))
    data = PointModality(2).picture_of_data(points, None)
    assert data != PointModality(2).picture(points, None, None)
    assert data == PointModality(2).picture(points[:0], points, None)


def test_arrays_have_the_names_that_they_had():
    images, points = torch.zeros(2, 3, 8, 8, dtype=torch.uint8), torch.zeros(2, 3, 1, 1)
    assert {name: tuple(one.shape) for name, one in ImageModality(8).arrays(images).items()} == {"images": (2, 3, 8, 8)}
    assert {name: tuple(one.shape) for name, one in PointModality(3).arrays(points).items()} == {"points": (2, 3)}


def test_images_are_images_and_points_are_none():
    images = torch.zeros(2, 3, 8, 8, dtype=torch.uint8)
    assert torch.equal(ImageModality(8).as_images(images), images)
    assert PointModality(2).as_images(torch.zeros(2, 2, 1, 1)) is None
    assert PointModality(2).ways(torch.zeros(2, 2, 1, 1), 2) is None
