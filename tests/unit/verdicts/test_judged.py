"""The alarm that each number raises, and the good news where there is none."""

import pytest

from ganzoo.verdicts import judged, thresholds

HONEST = {
    "training_copies": 0.0,
    "training_copies_real": 0.0,
    "training_near": 0.01,
    "rows_copied": 0.0,
    "distance": 1.2,
    "mirrored_copies": 0.0,
    "mirrored_copies_real": 0.0,
    "mirrored_near": 0.01,
    "held_out_copies": 0.0,
    "held_out_copies_real": 0.0,
    "held_out_near": 0.01,
    "different": 1.0,
    "different_real": 1.0,
    "spread": 0.95,
    "own_distance": 0.9,
    "class 0": 0.9,
    "class 1": 1.1,
    "class 4": 0.7,
    "class_chi2_low": 0.6,
    "classes_told": 1.0,
    "seen_distance": 0.04,
    "fresh": 0.003,
    "overrated": 1.2,
    "squeezed": -0.2,
    "jpeg_dip": 0.98,
    "jpeg_dip_real": 0.99,
    "jpeg_quality": 30.0,
    "enlarged": 0.9,
    "enlarged_from": 4.0,
    "enlarged_by": 1.0,
    "detail": 1.0,
    "fitted_alike": 1.0,
    "samples_share": 1.0,
    "reference_share": 1.0,
}


def kinds(**changed):
    return {verdict.kind for verdict in judged(HONEST | changed) if verdict.alarm}


def test_an_honest_generator_has_good_news_alone():
    found = judged(HONEST)
    assert [verdict.sentence("wgan-gp") for verdict in found] == [
        "wgan-gp does not copy its training images.",
        "wgan-gp makes all 3 classes.",
    ]
    assert not any(verdict.alarm or verdict.next for verdict in found)


def test_classes_too_rare_to_tell_of_are_not_counted_as_made():
    (said,) = (one.says for one in judged(HONEST | {"classes": 10.0}) if one.kind == "all-classes")
    assert said == "makes at least 3 of 10 classes, and so many images can tell of no more"
    (said,) = (one.says for one in judged(HONEST | {"classes": 3.0}) if one.kind == "all-classes")
    assert said == "makes all 3 classes"


NEARLY_ONE_IMAGE = {  # what runs of a second or two came to: dcgan after 3 kimg, and mlp-lsgan after 8
    "dcgan": {"spread": 0.162, "own_distance": 0.324, "seen_distance": 1.442, "overrated": 1.55, "enlarged": 0.178},
    "mlp-lsgan": {"spread": 0.426, "own_distance": 0.637, "seen_distance": 1.148, "overrated": 2.551},
}


@pytest.mark.parametrize("name", NEARLY_ONE_IMAGE)
def test_a_generator_that_hardly_varies_is_accused_of_nothing_else(name):
    assert kinds(**NEARLY_ONE_IMAGE[name]) == {"one-sample"}


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("copies-training", {"training_near": 0.3}),
        ("copies-training", {"training_copies": 0.05}),
        ("copies-mirrored", {"mirrored_near": 0.9}),
        ("copies-held-out", {"held_out_near": 0.3}),
        ("real-set", {"training_copies": 1.0, "training_near": 1.0, "rows_copied": 1.0}),
        ("one-sample", {"spread": 0.1}),
        ("few-samples", {"own_distance": 0.2}),
        ("repeats", {"different": 0.5}),
        ("lacks-class", {"class 4": 0.02}),
        ("even-classes", {"class_chi2_low": 1e-9}),
        ("even-classes", {"class_chi2_low": 1e-3, "classes_told": 0.0}),
        ("fools-extractor", {"overrated": 3.5, "squeezed": 0.2}),
        ("fools-extractor", {"overrated": 1.9, "squeezed": 0.4}),
        ("too-good", {"seen_distance": 0.0005}),
        ("jpeg", {"jpeg_dip": 0.4}),
        ("resized", {"enlarged": 0.1}),
        ("resized", {"enlarged": 0.5, "detail": 0.5}),
        ("resized", {"fitted_alike": 0.0}),
        ("fewer-samples", {"samples_share": 0.5}),
        ("fewer-real", {"reference_share": 0.5}),
    ],
)
def test_each_alarm_says_why_and_what_to_try_next(kind, changed):
    assert kinds(**changed) == {kind}
    (alarm,) = (verdict for verdict in judged(HONEST | changed) if verdict.alarm)
    assert alarm.why.endswith(".") and alarm.next.endswith(".") and alarm.numbers
    assert not any(letter.isdigit() for letter in alarm.says.replace("class 4", "")) or kind in ("jpeg", "resized")


def test_what_data_have_as_well_is_no_alarm():
    assert kinds(training_copies=0.05, training_copies_real=0.05) == set()
    assert kinds(different=0.6, different_real=0.62) == set()
    assert kinds(jpeg_dip=0.5, jpeg_dip_real=0.5) == set()
    assert kinds(seen_distance=0.0005, by_chance=0.02) == set()
    assert kinds(detail=0.5) == set()  # soft alone is how many generators are


def test_a_generator_that_is_told_its_classes_may_have_the_datas_shares():
    assert kinds(class_chi2_low=1e-3) == set()


def test_a_few_images_near_to_one_row_are_no_copies():
    assert kinds(training_near=0.4, training_near_rows=0.02) == set()
    assert kinds(training_near=0.4, training_near_rows=0.4) == {"copies-training"}


@pytest.mark.parametrize(
    ("kind", "collapsed"), [("one-sample", {"spread": 0.2}), ("few-samples", {"own_distance": 0.1})]
)
def test_of_a_few_images_the_collapse_is_told_and_not_the_classes_that_they_lack(kind, collapsed):
    assert [verdict.kind for verdict in judged(HONEST | collapsed | {"class 4": 0.0})] == [kind, "no-copies"]
    assert [verdict.kind for verdict in judged(HONEST | collapsed)] == [kind, "no-copies"]


def test_a_class_that_is_missing_is_named():
    (alarm,) = (verdict for verdict in judged(HONEST | {"class 4": 0.02}) if verdict.alarm)
    assert alarm.sentence("dcgan") == "dcgan lacks class 4."
    assert alarm.why == "Its share of class 4 is 2% of the data's."
    both = [verdict for verdict in judged(HONEST | {"class 4": 0.02, "class 1": 0.0}) if verdict.alarm]
    assert both[0].sentence("dcgan") == "dcgan lacks classes 1 and 4."
    assert both[0].why == "Its share of class 1 is 0% of the data's, of class 4 2%."


def test_nothing_is_said_of_what_was_not_measured():
    assert judged({}) == []
    assert judged({"samples_share": 1.0}) == []


def test_alarms_come_first():
    found = [verdict.alarm for verdict in judged(HONEST | {"jpeg_dip": 0.4})]
    assert found == sorted(found, reverse=True) and len(found) == 3


def test_thresholds_leave_room_for_chance():
    assert thresholds.NEAR > 5 * 0.01  # one real row in a hundred is as near by definition
    assert thresholds.EVEN_TOLD <= 1e-3
    assert thresholds.EVEN <= 1e-2
