"""The metrics of mode coverage, on samples counted by hand."""

import io
import math

import numpy as np
import pytest
import torch
from ganzoo_plugins.modes import bars
from ganzoo_plugins.modes.bars import bars_png
from ganzoo_plugins.modes.coverage import Modes
from ganzoo_plugins.modes.divergence import ReverseKL
from ganzoo_plugins.modes.quality import HighQuality
from PIL import Image

from ganzoo.errors import MetricError


def counting(*counts, none=0):
    """Samples of which so many count for each mode, and ``none`` for no mode, in no order."""
    modes = torch.cat([torch.full((n,), float(mode)) for mode, n in enumerate(counts)] + [torch.full((none,), -1.0)])
    return {"mode": modes[torch.randperm(len(modes), generator=torch.Generator().manual_seed(0))][:, None]}


def number(metric, fake, real):
    return metric.compare(metric.summarise(fake), metric.summarise(real))


# -- modes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fake", "found"),
    [
        (counting(5, 5, 5, 5), 4.0),
        (counting(20), 1.0),
        (counting(0, 1, 0, 19), 2.0),
        (counting(0, 1, none=30), 1.0),
        (counting(none=3), 0.0),
    ],
)
def test_modes_are_those_with_at_least_one_sample(fake, found):
    assert number(Modes(), fake, counting(25, 25, 25, 25)) == found


def test_the_samples_and_not_their_order_make_the_counts():
    summary = Modes().summarise(counting(3, 0, 2, none=4))
    assert summary["counts"].tolist() == [3, 0, 2]
    assert summary["n"].tolist() == [9]


# -- high quality ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("high", "low", "share"), [(1, 3, 25.0), (0, 7, 0.0), (5, 0, 100.0)])
def test_high_quality_is_a_share_in_per_cent(high, low, share):
    fake = {"quality": torch.cat([torch.ones(high, 1), torch.zeros(low, 1)])}
    assert number(HighQuality(), fake, {"quality": torch.ones(10, 1)}) == share


# -- reverse KL --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fake", "real", "value"),
    [
        # Everything in one of four equally frequent modes, whichever it is.
        ((8,), (25, 25, 25, 25), math.log(4)),
        ((0, 0, 0, 3), (25, 25, 25, 25), math.log(4)),
        # Spread like the real ones, whatever their number.
        ((6, 6, 6, 6), (25, 25, 25, 25), 0.0),
        ((3, 1), (75, 25), 0.0),
        # One of four lost, the rest even.
        ((4, 4, 4, 0), (25, 25, 25, 25), math.log(4 / 3)),
        # 3/4 log((3/4) / (1/2)) + 1/4 log((1/4) / (1/2))
        ((3, 1), (10, 10), 0.75 * math.log(1.5) + 0.25 * math.log(0.5)),
        # The second mode has no real sample, and counts as half of one: real shares of 19/19.5 and 0.5/19.5.
        ((1, 1), (19, 0), 0.5 * math.log(0.5 / (19 / 19.5)) + 0.5 * math.log(0.5 / (0.5 / 19.5))),
        # Nothing counts: all in the rarest real mode, of which the share is 1/10.
        ((), (7, 2, 1), math.log(10)),
        # A mode that nobody has takes no part in it.
        ((), (9, 0, 1), math.log(10)),
    ],
)
def test_the_reverse_kl_by_hand(fake, real, value):
    found = number(ReverseKL(), counting(*fake, none=2), counting(*real, none=1))
    assert found == pytest.approx(value, abs=1e-12)
    assert found >= 0


def test_a_divergence_of_nothing_is_not_below_zero():
    shares = tuple(range(1, 30))
    assert number(ReverseKL(), counting(*shares), counting(*(7 * n for n in shares))) == pytest.approx(0, abs=1e-12)
    assert number(ReverseKL(), counting(*shares), counting(*(7 * n for n in shares))) >= 0.0


def test_real_samples_without_a_mode_give_no_number():
    with pytest.raises(MetricError, match="real samples that count for a mode"):
        number(ReverseKL(), counting(1, 2), counting(none=5))


# -- the picture -------------------------------------------------------------------------------------------------


def pixels(png):
    image = Image.open(io.BytesIO(png))
    assert image.format == "PNG" and "transparency" not in image.info and image.mode == "P"
    return np.asarray(image.convert("RGB")).astype(int)


def like(picture, colour):
    return (np.abs(picture - np.array(colour)) <= 6).all(axis=2)


def heights_of(picture, places, colour):
    """How many pixels the bars of a colour are high at ``places``, shares of the plot's width."""
    high = like(picture[bars.TOP : bars.HEIGHT - bars.BOTTOM - 1], colour).sum(axis=0)
    return [int(high[int(bars.LEFT + place * (bars.WIDTH - bars.LEFT - bars.RIGHT))]) for place in places]


@pytest.mark.parametrize("modes", [8, 25])
def test_bars_stand_beside_the_real_ones_and_a_missed_mode_has_none(modes, words):
    generated = [100] * modes
    generated[3], generated[5] = 0, 50
    picture = pixels(bars_png(generated, [400] * modes, n=100 * modes, n_real=400 * modes))
    drawn = heights_of(picture, [(mode + 0.3) / modes for mode in range(modes)], bars.GENERATED)
    assert drawn[3] == 0
    assert abs(2 * drawn[5] - drawn[4]) <= 4
    assert len({height for mode, height in enumerate(drawn) if mode not in (3, 5)}) == 1
    there = heights_of(picture, [(mode + 0.7) / modes for mode in range(modes)], bars.REAL)
    assert len(set(there)) == 1
    assert abs(there[0] - drawn[0]) <= 2
    assert f"1 of {modes} modes missed" in words
    assert f"{100 * modes:,} generated" in words
    assert "150 in no mode" in words


def test_a_thousand_modes_are_sorted_into_thin_bars(words):
    generated = [26 + mode % 7 if mode % 50 else 0 for mode in range(1000)]
    picture = pixels(bars_png(generated, [128] * 1000, n=30_000, n_real=128_000))
    heights = heights_of(picture, [(place + 0.5) / 1000 for place in range(1000)], bars.GENERATED)
    # A column of pixels a mode; the line of the real ones hides as much of each that it crosses.
    assert sum(height > 0 for height in heights) == 980
    assert heights[:980] == sorted(heights[:980], reverse=True) and min(heights[:980]) > 0
    assert "20 of 1,000 modes missed" in words


def test_a_bar_far_above_the_real_ones_is_cut_and_said(words):
    picture = pixels(bars_png([2500, 0, 0, 0, 0, 0, 0, 1], [100] * 8, n=2501, n_real=800))
    highest, least = heights_of(picture, [0.3 / 8, 7.3 / 8], bars.GENERATED)
    (there,) = heights_of(picture, [0.7 / 8], bars.REAL)
    assert "cut: one mode has 2,500" in words
    assert abs(highest - bars.TALLEST * there) <= 2 * bars.TALLEST
    assert least > 0  # one sample can still be seen


def test_nothing_in_any_mode_is_a_picture_too(words):
    assert not like(pixels(bars_png([0], [0], n=9, n_real=9)), bars.GENERATED)[bars.TOP :].any()
    assert "9 in no mode" in words


def test_the_picture_is_of_both_summaries_and_the_same_each_time():
    metric = Modes()
    fake, real = metric.summarise(counting(3, 0, 2, none=4)), metric.summarise(counting(5, 5, 5, 5))
    assert metric.picture(fake, real) == metric.picture(fake, real) == bars_png([3, 0, 2, 0], [5, 5, 5, 5], 9, 20)


@pytest.mark.parametrize("metric", [HighQuality(), ReverseKL()])
def test_the_others_draw_nothing(metric):
    seen = {"mode": torch.zeros(4, 1), "quality": torch.ones(4, 1)}
    assert metric.picture(metric.summarise(seen), metric.summarise(seen)) is None
