import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from ganzoo.drawing import GENERATED, INK, PAPER, REAL, blank, legend, png_bytes, round_step


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def test_a_blank_canvas_is_paper_of_its_size():
    picture, draw = blank(30, 20, 12)
    assert picture.size == (30, 20) and picture.getcolors() == [(600, PAPER)]
    assert draw.textlength("0") == ImageDraw.Draw(picture).textlength("0", ImageFont.load_default(12))


@pytest.mark.parametrize(("mark", "corner"), [("square", REAL), ("dot", PAPER)])
def test_a_legend_has_each_name_behind_its_mark(words, mark, corner):
    picture, draw = blank(200, 40, 12)
    draw.font = ImageFont.load_default(12)
    legend(draw, (5, 8), [(REAL, "one"), (GENERATED, "other")], mark=mark, size=10, drop=2, gap=6, space=20)
    assert words == ["one", "other"]
    second = 5 + 10 + 6 + round(draw.textlength("one")) + 20
    for x, colour in ((5, REAL), (second, GENERATED)):
        assert picture.getpixel((x + 5, 8 + 2 + 5)) == colour
        assert picture.getpixel((x - 1, 8 + 2 + 5)) == PAPER and picture.getpixel((x + 11, 8 + 2 + 5)) == PAPER
    assert picture.getpixel((5, 10)) == corner
    text = np.asarray(picture)[:, 5 + 10 + 6 : second - 20].reshape(-1, 3)
    assert (text == INK).all(axis=1).any()


@given(st.floats(1e-9, 1e9))
def test_a_step_is_the_smallest_round_one_of_which_there_are_four(span):
    step = round_step(span)
    digit = step / 10.0 ** math.floor(math.log10(step) + 1e-9)
    assert any(math.isclose(digit, round_one) for round_one in (1, 2, 5))
    assert span <= 4 * step
    smaller = step * (0.4 if math.isclose(digit, 5) else 0.5)  # 5, 2, 1, 0.5
    assert span > 4 * smaller * (1 - 1e-12)


def test_a_step_between_counts_is_a_count():
    assert [round_step(span, whole=True) for span in (0.5, 4, 4.5, 9, 21, 41)] == [1, 1, 2, 5, 10, 20]


def test_a_png_is_the_picture_and_the_same_each_time():
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8))
    data = png_bytes(picture)
    assert data == png_bytes(picture.copy()) and opened(data).text == {}
    np.testing.assert_array_equal(np.asarray(opened(data)), np.asarray(picture))


def test_a_png_of_few_colours_has_no_more():
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    reduced = opened(png_bytes(picture, colours=5, description="shows noise"))
    assert len(reduced.convert("RGB").getcolors()) <= 5
    assert reduced.text == {"Description": "shows noise"}
