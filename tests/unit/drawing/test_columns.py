import io

import numpy as np
import pytest
from PIL import Image

from ganzoo.drawing import columns, description_of
from ganzoo.drawing.columns import HEAD
from ganzoo.drawing.grid import GAP


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def random_images(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def test_the_images_of_one_place_stand_in_a_row_in_the_order_of_the_titles():
    given, made, true = random_images(3, 3, 3, 64, 64)[:, :1]
    found = opened(columns([given, made, true], ["given", "made", "true"]))
    for place, one in enumerate((given, made, true)):
        left = GAP + place * (64 + GAP)
        np.testing.assert_array_equal(found[HEAD : HEAD + 64, left : left + 64], one[0].transpose(1, 2, 0))


def test_small_images_are_enlarged_to_the_size_of_large_ones_by_whole_factors():
    small, large = random_images(1, 3, 8, 8), random_images(1, 3, 32, 32)
    found = opened(columns([small, large], ["low", "high"]))
    np.testing.assert_array_equal(
        found[HEAD : HEAD + 64, GAP : GAP + 64],
        np.kron(small[0].transpose(1, 2, 0), np.ones((8, 8, 1), dtype=np.uint8)),
    )
    left = GAP + 64 + GAP
    np.testing.assert_array_equal(found[HEAD : HEAD + 64 : 2, left : left + 64 : 2], large[0].transpose(1, 2, 0))


def test_grey_stands_beside_colour():
    grey, colour = random_images(1, 1, 64, 64), random_images(1, 3, 64, 64)
    found = opened(columns([grey, colour], ["edges", "photo"]))
    np.testing.assert_array_equal(found[HEAD : HEAD + 64, GAP : GAP + 64], grey[0].transpose(1, 2, 0).repeat(3, axis=2))


def test_the_title_stands_over_its_column():
    white = np.full((1, 1, 64, 64), 255, dtype=np.uint8)
    found = opened(columns([white, white], ["made", ""]))
    assert found[:HEAD, : GAP + 64].min() < 128
    assert found[:, GAP + 64 :].min() == 255


def test_a_title_that_is_wider_than_its_images_stays_clear_of_the_next():
    white = np.full((1, 1, 64, 64), 255, dtype=np.uint8)
    long = "drawn with the condition of the row below"
    assert opened(columns([white, white], [long, "b"])).shape[1] > 3 * 64


def test_the_description_names_the_columns():
    images = random_images(2, 1, 8, 8)
    assert description_of(columns([images, images], ["given", "made"])) == "shows given | made, side by side"


def test_many_groups_make_a_picture_that_is_nearly_square():
    height, width, _ = opened(columns([random_images(64, 1, 64, 64)] * 3, ["given", "made", "true"])).shape
    assert 2 / 3 < height / width < 3 / 2


def test_the_same_images_give_the_same_bytes():
    images = random_images(5, 3, 16, 16)
    assert columns([images], ["made"]) == columns([images.copy()], ["made"])


@pytest.mark.parametrize(
    ("images", "titles"),
    [
        ([], []),
        ([random_images(1, 1, 8, 8)], []),
        ([random_images(1, 1, 8, 8), random_images(2, 1, 8, 8)], ["a", "b"]),
        ([random_images(1, 8, 8)], ["a"]),
        ([random_images(1, 1, 8, 8).astype(np.float32)], ["a"]),
        ([random_images(1, 1, 8, 8)[:0]], ["a"]),
    ],
)
def test_what_are_no_columns_is_refused(images, titles):
    with pytest.raises(ValueError, match="columns"):
        columns(images, titles)
