"""Values that change over a run, against formulas written out and against what their files say."""

import math

import pytest

from ganzoo.recipes.schedules.place import Place
from ganzoo.recipes.schedules.value_schedule import ValueSchedule

LINEAR = {"shape": "linear", "start": 2.0, "end": 0.5}


def at(written, kimg, budget=100.0):
    return ValueSchedule.parse(written).curve(budget).at(1000 * kimg)


@pytest.mark.parametrize("kimg", [0, 12.5, 50, 99.9, 100, 300])
def test_linear_and_cosine_arrive_at_the_end_and_stay_there(kimg):
    way = min(kimg / 100, 1)
    assert at(LINEAR, kimg) == pytest.approx(2.0 - 1.5 * way)
    # as R3GAN's authors write it: base_value + (1 - decay) * (final_value - base_value)
    decay = 0.5 * (1 + math.cos(math.pi * way))
    assert at(LINEAR | {"shape": "cosine"}, kimg) == pytest.approx(2.0 + (1 - decay) * (0.5 - 2.0))


@pytest.mark.parametrize(("kimg", "value"), [(0, 0.2), (20, 0.04), (40, 0.008), (80, 0.00032), (100, 0.00032)])
def test_an_exponential_schedule_loses_the_same_factor_in_the_same_time(kimg, value):
    written = {"shape": "exponential", "start": 0.2, "end": 0.00032, "over": "80%"}  # a fifth of it every 20 kimg
    assert at(written, kimg) == pytest.approx(value, rel=1e-12)
    assert at(written | {"hold": 40}, 60) == pytest.approx(0.2 * math.sqrt(0.0016), rel=1e-12)


def test_places_are_kimg_or_shares_of_the_budget():
    for over in (40, "40%"):
        assert at(LINEAR | {"over": over}, 20) == 1.25
        assert at(LINEAR | {"over": over}, 40) == at(LINEAR | {"over": over}, 70) == 0.5
    assert at(LINEAR | {"over": 40}, 20, budget=None) == 1.25
    with pytest.raises(ValueError, match="by shares of the budget"):
        at(LINEAR, 20, budget=None)


def test_a_warm_up_rises_from_0_to_the_start_which_is_held():
    written = LINEAR | {"warmup": 10, "hold": "50%"}
    found = [at(written, kimg) for kimg in (0, 2.5, 10, 30, 50, 75, 100)]
    assert found == [0.0, 0.5, 2.0, 2.0, 2.0, 1.25, 0.5]
    assert [at({"shape": "constant", "start": 3.0, "warmup": 6}, kimg) for kimg in (0, 2, 6, 600)] == [0, 1, 3, 3]
    assert [at(LINEAR | {"warmup": 20}, kimg) for kimg in (20, 60)] == [2.0, 1.25]  # the way down begins after it


def test_points_are_joined_by_lines_and_two_at_one_place_make_a_jump():
    written = {"shape": "piecewise", "points": [[10, 1.0], ["50%", 3.0], [50, 7.0], ["100%", 0.0]]}
    assert [at(written, kimg) for kimg in (0, 10, 30, 50, 75, 100, 101)] == [1.0, 1.0, 2.0, 7.0, 3.5, 0.0, 0.0]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"start": 1, "end": 0}, "needs a shape: write constant, linear, cosine, exponential, piecewise, as in {shape"),
        ({"shape": "linaer", "start": 1, "end": 0}, "there is no shape 'linaer'"),
        ({"shape": "linear", "start": 1}, "a linear schedule needs 'end'"),
        ({"shape": "cosine", "end": 1}, "a cosine schedule needs 'start'"),
        ({"shape": "piecewise"}, "a piecewise schedule needs 'points'"),
        ({"shape": "exponential", "start": 1, "end": 0}, "end of an exponential schedule must be above 0, not 0"),
        (LINEAR | {"hodl": 3}, "a linear schedule takes no 'hodl'; did you mean 'hold'?"),
        ({"shape": "constant", "start": 1, "end": 0}, "a constant schedule takes no 'end'"),
        (LINEAR | {"start": "1e-4"}, "start must be a finite number, not '1e-4'"),
        (LINEAR | {"end": True}, "end must be a finite number, not True"),
        (LINEAR | {"end": math.inf}, "end must be a finite number, not inf"),
        (LINEAR | {"over": "120%"}, "over must be kimg, as in 500, or a share of the run, 0% to 100%, not '120%'"),
        (LINEAR | {"over": "half"}, "over must be kimg, as in 500, or a share of the run, 0% to 100%, not 'half'"),
        (LINEAR | {"hold": -1}, "hold must be kimg, 0 or more, or a share of the run, as in 50%, not -1"),
        (LINEAR | {"over": 0}, "over must lie after the beginning of the run, not at 0"),
        (LINEAR | {"warmup": 20, "hold": 10}, "warmup ends at 20 kimg, and must end before hold, which is 10 kimg"),
        (LINEAR | {"warmup": "60%", "over": "50%"}, "warmup ends at 60% of the run, and must end before over, which"),
        (LINEAR | {"hold": 50, "over": 50}, "hold ends at 50 kimg, and must end before over, which is 50 kimg"),
        ({"shape": "piecewise", "points": [[0, 1]]}, "a piecewise schedule needs two points or more, not 1"),
        ({"shape": "piecewise", "points": 3}, "points must be a list of [place, value]"),
        ({"shape": "piecewise", "points": [[0, 1], 5]}, "each of the points must be [place, value]"),
        (
            {"shape": "piecewise", "points": [["50%", 1], ["20%", 1]]},
            "points must rise, and the point at 50%",
        ),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(written, said):
    with pytest.raises(ValueError) as caught:
        ValueSchedule.parse(written)
    assert said in str(caught.value)


def test_places_of_two_kinds_are_put_in_order_once_the_budget_is_known():
    schedule = ValueSchedule.parse(LINEAR | {"warmup": 20, "over": "50%"})
    assert schedule.curve(100.0).at(35_000) == pytest.approx(1.25)
    with pytest.raises(ValueError, match="warmup ends at 20 kimg, and must end before over, which is 50% of the run"):
        schedule.curve(30.0)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (LINEAR, "linear from 2 to 0.5 at 100% of the run"),
        (
            LINEAR | {"shape": "cosine", "over": 20000, "hold": "5%", "warmup": 1.5},
            "cosine from 2 after a warm-up from 0 until 1.5 kimg, held until 5% of the run, to 0.5 at 20000 kimg",
        ),
        ({"shape": "constant", "start": 1e-3, "warmup": 6}, "0.001 after a warm-up from 0 until 6 kimg"),
        (
            {"shape": "piecewise", "points": [[0, 1e-3], ["50%", 0.0]]},
            "linear between 0.001 at 0 kimg, 0 at 50% of the run",
        ),
    ],
)
def test_it_is_written_as_it_was_read_and_said_in_words(written, words):
    schedule = ValueSchedule.parse(written)
    assert schedule.written() == written
    assert ValueSchedule.parse(schedule.written()) == schedule
    assert str(schedule) == words


def test_places():
    assert Place.parse("12.50 %", "over").written() == "12.5%"
    assert Place.parse(3.25, "over").images(None) == 3250
    assert Place.parse("25%", "over").images(8.0) == 2000


def test_all_values_of_a_schedule_are_scaled():
    assert ValueSchedule.parse(LINEAR | {"hold": 3}).scaled(0.33333) == ValueSchedule.parse(
        {"shape": "linear", "start": 0.6667, "end": 0.1667, "hold": 3}
    )
    points = ValueSchedule.parse({"shape": "piecewise", "points": [[0, 1], ["50%", 2]]}).scaled(2)
    assert points.written()["points"] == [[0, 2.0], ["50%", 4.0]]
