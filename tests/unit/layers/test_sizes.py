"""Sizes of images: squares and other rectangles."""

import re
from itertools import product

import pytest

from ganzoo.errors import RecipeError
from ganzoo.interfaces.size import as_text, sides, size_of
from ganzoo.layers import doublings, halvings, scaled_width, shorter


def fits(height, width):
    """The rule as it is written: the shorter side is 4 to 7 doubled k times, k at least 1, the other as often."""
    short, long = sorted((height, width))
    return any(short == base << k and long % 2**k == 0 for base in range(4, 8) for k in range(1, 9))


def test_a_square_is_one_number():
    assert (size_of(32, 32), size_of(64, 32)) == (32, (64, 32))
    assert (sides(32), sides((64, 32)), sides((8, 8))) == ((32, 32), (64, 32), (8, 8))
    assert (as_text(32), as_text((64, 32))) == ("32", "64x32")
    assert (shorter(32), shorter((64, 32)), shorter((32, 64))) == (32, 32, 32)


@pytest.mark.parametrize(
    ("size", "base", "times"),
    [
        ((64, 32), (8, 4), 3),
        ((32, 64), (4, 8), 3),
        ((96, 64), (6, 4), 4),
        ((28, 56), (7, 14), 2),
        ((16, 8), (2 * 4, 4), 1),
        ((40, 32), (5, 4), 3),
    ],
)
def test_the_shorter_side_decides(size, base, times):
    assert doublings(size) == (base, times)


def test_squares_are_as_ever():
    for size in range(8, 200):
        try:
            base, times = halvings(size)
        except RecipeError as refusal:
            with pytest.raises(RecipeError, match=f"^{re.escape(str(refusal))}$"):
                doublings(size)
        else:
            assert doublings(size) == doublings((size, size)) == ((base, base), times)


def test_rectangles_that_fit_are_those_of_the_rule_and_others_are_told_the_nearest():
    for height, width in product(range(8, 70, 7), range(8, 90)):
        if height == width:
            continue
        if fits(height, width):
            (h, w), times = doublings((height, width))
            assert (h << times, w << times, 4 <= min(h, w) <= 7, times >= 1) == (height, width, True, True)
            continue
        with pytest.raises(RecipeError, match=rf"^image size {height}x{width} does not fit") as refusal:
            doublings((height, width))
        found = re.search(r"the nearest are (\S+) and (\S+); --size (\S+) --crop center", str(refusal.value)).groups()
        assert found[2] == found[0]
        near = [sides(int(size)) if size.isdigit() else tuple(map(int, size.split("x"))) for size in found]
        assert all(fits(*size) for size in near)
        every = product(range(8, 2 * height + 8), range(8, 2 * width + 8)) if height * width < 300 else ()
        apart = [abs(h - height) + abs(w - width) for h, w in every if fits(h, w)]
        if apart:
            assert abs(near[0][0] - height) + abs(near[0][1] - width) == min(apart)


@pytest.mark.parametrize("size", [(4, 64), (7, 8), (64, 1)])
def test_a_side_may_be_too_short(size):
    with pytest.raises(RecipeError, match=rf"image size {size[0]}x{size[1]} is too small .*; --size 8 --crop center"):
        doublings(size)


def test_the_shorter_side_decides_the_width_too():
    assert scaled_width((96, 64), 128, 64) == scaled_width((64, 96), 128, 64) == scaled_width(64, 128, 64) == 128
