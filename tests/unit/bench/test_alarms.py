"""Where training went wrong: alarms from rows made by hand."""

import json
from itertools import zip_longest

import pytest

from ganzoo.bench.runs.monitoring.alarms import Alarms

KEYS = ("diversity", "logits_real", "logits_held_out", "logits_fake", "logits_error")
MISSING = object()


def told(looks=(), rows=(), alarms=None, start=1):
    """Alarms told of a look and a row a step, of a hundred; a look is (diversity, real, held out, fake, error)."""
    alarms = Alarms() if alarms is None else alarms
    for step, (look, norm) in enumerate(zip_longest(looks, rows, fillvalue=MISSING), start):
        at = {"step": step, "kimg": step / 10}
        if look is not MISSING:
            alarms.look(at | dict(zip(KEYS, (*look, 0.0), strict=False)), step / 100)
        if norm is not MISSING:
            alarms.row(at | {"g_gradient": norm}, step / 100)
    return alarms


def varied(*diversities):
    return [(value, None, None, None) for value in diversities]


def spans(alarms):
    return [(alarm["kind"], alarm["step"], alarm["until"], alarm["value"]) for alarm in alarms.found]


def test_a_collapse_begins_at_the_first_of_three_looks_and_ends_at_the_first_of_three():
    looks = varied(0.5, 0.09, 0.09, 0.5, 0.08, 0.07, 0.05, 0.2, 0.2, 0.02, 0.3, 0.3, 0.3, 0.3)
    alarms = told(looks)
    assert spans(alarms) == [("collapse", 5, 11, 0.02)]
    (alarm,) = alarms.found
    assert alarm["kimg"] == 0.5 and alarm["until_kimg"] == 1.1
    assert alarm["text"] == (
        "collapse from 0.5 kimg to 1.1 kimg: generated samples lie 0.02 times as far apart as real ones at the worst"
    )
    assert spans(told(looks[:6])) == [] and spans(told(looks[:12])) == [("collapse", 5, None, 0.02)]
    assert "from 0.5 kimg on:" in told(looks[:7]).found[0]["text"]


def test_what_collapses_again_is_another_alarm():
    assert spans(told(varied(1, *[0.01] * 3, *[1] * 3, *[0.02] * 4))) == [
        ("collapse", 2, 5, 0.01),
        ("collapse", 8, None, 0.02),
    ]


def test_a_young_generator_is_not_collapsed_but_one_that_stays_so_is():
    assert spans(told(varied(*[0.01] * 25, *[0.6] * 10))) == []
    assert spans(told(varied(*[0.01] * 27))) == []
    assert spans(told(varied(*[0.01] * 28))) == [("collapse", 26, None, 0.01)]


def test_exactly_a_tenth_is_no_collapse():
    assert spans(told(varied(1, *[0.1] * 9))) == []


def test_a_gradient_vanishes_against_its_median_over_the_first_tenth():
    first = [1, 100, 2, 3, 4, 5, 6, 7, 8, 9]  # the median is 5.5
    assert spans(told(rows=[*first, *[0.056] * 9])) == []
    assert spans(told(rows=[*first, 0.054, 0.054])) == []
    alarms = told(rows=[*first, 0.5, 0.054, 0.054, 0.0, 0.054])
    assert spans(alarms) == [("vanishing-gradient", 12, None, 0.0)]
    assert "the generator's gradient falls to 0 times what it was at first" in alarms.found[0]["text"]


def test_rows_without_a_gradient_say_nothing_either_way():
    assert spans(told(rows=[*[None] * 10, *[0.0] * 9])) == []  # no first gradient to compare with
    rows = [*[1.0] * 10, 0.001, None, 0.001, None, 0.001]
    assert spans(told(rows=rows)) == [("vanishing-gradient", 11, None, 0.001)]
    assert spans(told(rows=[*[0.0] * 10, *[0.0] * 9])) == []


def test_overfitting_is_where_held_out_images_are_nearer_to_fakes():
    alarms = told([(1, 2.0, 1.0, -1.0), (1, 2.0, 0.0, -1.0), (1, 2.0, 0.0, -2.0), *[(1, 2.0, -0.4, -1.0)] * 3])
    assert spans(alarms) == [("overfitting", 4, None, pytest.approx(0.8))]
    assert "puts held-out data 80% of the way from training data to fakes" in alarms.found[0]["text"]


@pytest.mark.parametrize(
    "look",
    [
        (1, -1.0, -1.9, 1.0),  # fakes are taken for more real: not told apart
        (1, 2.0, None, -1.0),
        (1, None, None, None),
        (1, 0.02, -0.01, 0.0, 0.011),  # the kinds differ by less than three standard errors
        (1, 1.0, 2.0, 0.0),
    ],
    ids=str,
)
def test_no_overfitting_without_a_difference_that_can_be_told(look):
    assert spans(told([look] * 9)) == []


def test_three_standard_errors_are_enough():
    assert len(told([(1, 0.02, -0.02, 0.0, 0.012)] * 3).found) == 1


def test_going_on_from_a_checkpoint_gives_the_same_alarms():
    looks = [*varied(1, 0.05, 0.05), *[(0.05, 2.0, -1.0, -2.0)] * 4, *varied(*[1] * 4), *varied(*[0.02] * 4)]
    rows = [3.0, 2.0, 1.0, 2.0, 2.0, 1.0, 3.0, 2.0, 2.0, 2.0, 0.01, 0.01, 0.01, 1.0, 1.0, 1.0]
    whole = told(looks, rows)
    assert {alarm["kind"] for alarm in whole.found} == {"collapse", "overfitting", "vanishing-gradient"}
    for stop in range(16):
        alarms = told(looks[:stop], rows[:stop])
        resumed = Alarms()
        resumed.load_state(json.loads(json.dumps(alarms.state())))
        assert told(looks[stop:], rows[stop:], resumed, stop + 1).found == whole.found
        assert json.loads(json.dumps(whole.found)) == whole.found


def test_a_state_that_is_kept_moves_no_more():
    alarms = told(varied(1, 0.01, 0.01))
    kept = alarms.state()
    told(varied(0.01, 0.01), alarms=alarms, start=4)
    resumed = Alarms()
    resumed.load_state(kept)
    assert spans(alarms) != [] and spans(resumed) == []
