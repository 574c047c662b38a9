"""What options take, and the sentence on what they do not."""

import click
import pytest

from ganzoo.cli.value_types import FilePath, Number, PathText, WholeNumber


def refused(kind, value):
    with pytest.raises(click.BadParameter) as caught:
        kind.convert(value, None, None)
    return caught.value.message


@pytest.mark.parametrize(
    ("kind", "value", "given"),
    [
        (WholeNumber(1), "1", 1),
        (WholeNumber(0, 2**63 - 1), str(2**63 - 1), 2**63 - 1),
        (Number(0, 1, min_open=True, max_open=True), "0.1", 0.1),
        (Number(0, 1), "1e0", 1.0),
        (Number(), "-2", -2.0),
    ],
)
def test_a_number_within_the_limits(kind, value, given):
    assert kind.convert(value, None, None) == given


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        (WholeNumber(), "1.5", "'1.5' is not a whole number"),
        (WholeNumber(1), "0", "'0' is not a whole number of at least 1"),
        (WholeNumber(1, 512), "600", "'600' is not a whole number of at least 1 and at most 512"),
        (WholeNumber(max=9), "ten", "'ten' is not a whole number of at most 9"),
        (Number(0, 1, min_open=True, max_open=True), "10%", "'10%' is not a number above 0 and below 1"),
        (Number(0, 1, max_open=True), "1", "'1' is not a number of at least 0 and below 1"),
        (Number(0, min_open=True), "0", "'0' is not a number above 0"),
        (Number(), "nan", "'nan' is not a number"),
        (Number(0.1), "inf", "'inf' is not a number of at least 0.1"),
    ],
)
def test_the_sentence_on_another_value(kind, value, sentence):
    assert refused(kind, value) == sentence


@pytest.mark.parametrize("kind", [FilePath(), PathText()])
def test_no_path_holds_a_null_character(kind):
    assert "holds a null character" in refused(kind, "a\0b")
