"""What an error says, in one line."""

import pytest

from ganzoo.errors import class_and_first_line, first_line


@pytest.mark.parametrize(
    ("error", "line", "with_class"),
    [
        (ValueError("one\ntwo"), "one", "ValueError: one"),
        (ValueError("\n  one  \ntwo"), "one", "ValueError: one"),
        (MemoryError(), "MemoryError", "MemoryError"),
        (RuntimeError(" \n "), "RuntimeError", "RuntimeError"),
        (KeyError("x"), "'x'", "KeyError: 'x'"),
    ],
)
def test_the_first_line_of_an_error(error, line, with_class):
    assert first_line(error) == line
    assert class_and_first_line(error) == with_class


def test_a_long_line_is_cut():
    assert first_line(ValueError("abcdef"), 3) == "abc"
    assert class_and_first_line(ValueError("abcdef"), 3) == "ValueError: abc"
