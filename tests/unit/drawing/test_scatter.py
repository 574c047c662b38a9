import io

import numpy as np
import pytest
from PIL import Image

from ganzoo.drawing.palette import GENERATED
from ganzoo.drawing.scatter import GAP, SIDE, scatter_png, shown_numbers


def points(*rows):
    """``(N, C, 1, 1)`` float32."""
    return np.array(rows, dtype=np.float32)[:, :, None, None]


SQUARE = points((-1, -1), (1, -1), (-1, 1), (1, 1))


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    assert image.format == "PNG" and image.mode == "P" and "transparency" not in image.info
    return image


def plot(data):
    """The frame's inside, as RGB."""
    return np.asarray(opened(data).convert("RGB")).astype(int)[GAP : GAP + SIDE, GAP : GAP + SIDE]


def at(x, y, half=1.15):
    """The pixel of a point in a frame around zero: row, column."""
    return int(SIDE * (0.5 - y / (2 * half))), int(SIDE * (0.5 + x / (2 * half)))


def test_generated_points_are_dark_real_ones_light_and_up_is_up():
    picture = plot(scatter_png(points((0.5, 0.25)), SQUARE))
    dark, light, paper = picture[at(0.5, 0.25)], picture[at(1, 1)], picture[at(0.5, -0.25)]
    assert paper.tolist() == [255, 255, 255]
    assert dark.sum() < light.sum() - 60 < paper.sum() - 120
    for corner in ((-1, -1), (1, -1), (-1, 1)):
        assert np.abs(picture[at(*corner)] - light).max() <= 8


def test_many_points_on_one_spot_are_darker_than_one():
    one, many = (plot(scatter_png(points(*[(0, 0)] * n), SQUARE))[at(0, 0)] for n in (1, 20))
    assert many.sum() < one.sum() - 100
    assert np.abs(many - np.array(GENERATED)).max() <= 4


def test_the_frame_is_that_of_the_real_points_with_one_scale_for_both_axes(words):
    wide = points((-2, 0), (2, 1))
    scatter_png(points((50, 50)), wide)
    assert words[2:] == ["x -2.3 to 2.3, y -1.8 to 2.8", "1 generated outside"]


def test_what_falls_outside_is_counted_numbers_or_not(words):
    fake = points((0, 0), (1.14, -1.14), (1.16, 0), (0, -9), (np.nan, 0), (0, np.inf))
    scatter_png(fake, SQUARE)
    assert words == ["6 generated", "4 real", "x -1.15 to 1.15, y -1.15 to 1.15", "4 generated outside"]


def test_real_points_alone_need_no_words_on_generated_ones(words):
    scatter_png(SQUARE[:0], SQUARE)
    assert words == ["4 real", "x -1.15 to 1.15, y -1.15 to 1.15"]


def test_equal_points_have_a_frame():
    picture = plot(scatter_png(points((3, 3)), points((3, 3), (3, 3))))
    assert picture[SIDE // 2, SIDE // 2].sum() < 500


@pytest.mark.parametrize(("numbers", "said"), [(2, ""), (1, "only number"), (5, "first 2 of 5 numbers")])
def test_other_than_two_numbers_are_said(numbers, said):
    rng = np.random.default_rng(0)
    fake, real = (rng.standard_normal((30, numbers, 1, 1)).astype(np.float32) for _ in range(2))
    assert said in shown_numbers(numbers)
    description = opened(scatter_png(fake, real)).text.get("Description", "")
    assert (description == f"shows {shown_numbers(numbers)}") if said else (description == "")
    if numbers > 2:
        assert (plot(scatter_png(fake, real)) == plot(scatter_png(fake[:, :2], real[:, :2]))).all()


def test_the_same_points_in_any_order_give_the_same_file():
    rng = np.random.default_rng(0)
    fake, real = (rng.standard_normal((300, 2, 1, 1)).astype(np.float32) for _ in range(2))
    assert scatter_png(fake, real) == scatter_png(fake[::-1], real[::-1])


@pytest.mark.parametrize(
    ("fake", "real", "words"),
    [
        (np.zeros((4, 2, 1, 1)), SQUARE, "not of float64"),
        (np.zeros((4, 2), dtype=np.float32), SQUARE, "float32 points, not of"),
        (np.zeros((4, 3, 1, 1), dtype=np.float32), SQUARE, "float32 points, not of"),
        (SQUARE, np.zeros((4, 1, 8, 8), dtype=np.float32), "float32 points, not of"),
        (SQUARE[:0], SQUARE[:0], "at least one and finite"),
        (points((0, np.nan)), SQUARE[:0], "at least one and finite"),
        (SQUARE, points((0, np.nan)), "at least one and finite"),
    ],
)
def test_what_is_no_set_of_points_is_refused(fake, real, words):
    with pytest.raises(ValueError, match=words):
        scatter_png(fake, real)


def test_without_real_points_the_frame_fits_the_generated_ones():
    """The same frame as that of real points in the same places: the ends that are written below agree."""
    alone, both = (
        np.asarray(Image.open(io.BytesIO(scatter_png(SQUARE, real))).convert("L")) for real in (SQUARE[:0], SQUARE)
    )
    assert alone.shape == both.shape
    line = slice(544 + 32 - 4, 544 + 64 - 4)  # below the plot of 520 + 2 * 12, the second of lines of 32
    assert np.abs(alone[line].astype(int) - both[line]).max() < 40  # each picture has 48 colours of its own
    assert alone[line].min() < 150
    assert not np.array_equal(alone, both)
