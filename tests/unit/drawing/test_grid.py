import io

import numpy as np
import pytest
from PIL import Image

from ganzoo.drawing import description_of
from ganzoo.drawing.grid import GAP, grid_png, shown_channels


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def random_images(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def cell(picture: np.ndarray, row: int, column: int, size: int, scale: int) -> np.ndarray:
    """An image of the grid, shrunk back to its own pixels."""
    top, left = row * (size * scale + GAP) + GAP, column * (size * scale + GAP) + GAP
    return picture[top : top + size * scale : scale, left : left + size * scale : scale]


@pytest.mark.parametrize(("size", "scale"), [(8, 8), (28, 2), (32, 2), (64, 1), (96, 1)])
def test_small_images_are_enlarged_by_a_whole_factor(size, scale):
    images = random_images(4, 1, size, size)
    picture = np.asarray(opened(grid_png(images)))
    assert picture.shape == (2 * (size * scale + GAP) + GAP,) * 2
    np.testing.assert_array_equal(cell(picture, 1, 0, size, scale), images[2, 0])


def test_every_enlarged_pixel_is_a_square_of_one_value():
    images = random_images(1, 1, 8, 8)
    inside = np.asarray(opened(grid_png(images)))[GAP:-GAP, GAP:-GAP]
    np.testing.assert_array_equal(inside, np.kron(images[0, 0], np.ones((8, 8), dtype=np.uint8)))


def test_colours_keep_their_channels():
    images = random_images(6, 3, 32, 32)
    picture = opened(grid_png(images, columns=3))
    assert picture.mode == "RGB"
    np.testing.assert_array_equal(cell(np.asarray(picture), 1, 2, 32, 2), images[5].transpose(1, 2, 0))


@pytest.mark.parametrize(("channels", "mode", "said"), [(2, "L", "first of 2"), (4, "RGB", "first three of 4")])
def test_other_channel_counts_show_the_first_ones_and_say_so(channels, mode, said):
    images = random_images(1, channels, 64, 64)
    picture = opened(grid_png(images))
    assert picture.mode == mode
    assert said in picture.text["Description"]
    assert said in shown_channels(channels)[1]
    shown = np.asarray(picture)[GAP:-GAP, GAP:-GAP].reshape(64, 64, -1)
    np.testing.assert_array_equal(shown, images[0, : shown.shape[2]].transpose(1, 2, 0))


def test_all_channels_shown_need_no_words():
    assert shown_channels(1) == (1, "")
    assert shown_channels(3) == (3, "")
    assert opened(grid_png(random_images(1, 3, 8, 8))).text == {}


def test_a_last_row_that_is_not_full_stays_white():
    picture = np.asarray(opened(grid_png(np.zeros((5, 1, 64, 64), dtype=np.uint8), columns=3)))
    assert (cell(picture, 1, 1, 64, 1) == 0).all()
    assert (cell(picture, 1, 2, 64, 1) == 255).all()


def test_the_same_images_give_the_same_bytes():
    images = random_images(9, 1, 8, 8)
    assert grid_png(images) == grid_png(images.copy())


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((0, 1, 8, 8), dtype=np.uint8),
        np.zeros((4, 8, 8), dtype=np.uint8),
        np.zeros((4, 1, 8, 8), dtype=np.float32),
    ],
)
def test_what_is_no_batch_of_uint8_images_is_refused(images):
    with pytest.raises(ValueError, match="uint8 images, not of"):
        grid_png(images)


@pytest.mark.parametrize(
    ("png", "said"),
    [
        (grid_png(random_images(1, 1, 8, 8)), ""),
        (grid_png(random_images(1, 5, 8, 8)), "shows the first three of 5 channels"),
        (grid_png(random_images(1, 5, 8, 8))[:30], ""),
        (b"", ""),
        (b"<svg>", ""),
    ],
)
def test_a_description_is_read_again(png, said):
    assert description_of(png) == said
