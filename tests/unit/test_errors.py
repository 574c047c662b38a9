"""What an error says, in one line."""

import pytest

from ganzoo.errors import RecipeError, class_and_first_line, first_line, suggest


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


def test_of_a_line_longer_than_any_screen_the_ends_are_kept():
    error = RecipeError("begins " + "x" * 1_000_000 + " ends\nanother line")
    first, second = str(error).split("\n")
    assert first.startswith("begins x") and first.endswith("x ends") and len(first) < 11_000
    assert "more characters]" in first and second == "another line"
    assert str(RecipeError("a" * 9_000)) == "a" * 9_000


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dcgn", "dcgan"),  # a letter is missing
        ("digits-dcgan", "dcgan"),  # its name among other words, where letters alone make it like hifi-gan
        ("my_wgan_gp", "wgan-gp"),  # of two names inside it, wgan and wgan-gp, the longer one
        ("wgan-gp2", "wgan-gp"),  # misspelt rather than wgan and a word
        ("pixgan", "pacgan"),  # no word of it is a name: the likest
    ],
)
def test_the_near_name(typed, meant):
    known = ["dcgan", "hifi-gan", "pacgan", "wgan", "wgan-gp"]
    assert suggest(typed, known) == f"did you mean {meant!r}?"


def test_without_a_near_name_what_there_is_is_told():
    assert suggest("vae", ["dcgan", "gan"]) == "there are: dcgan, gan"
    assert suggest("vae", []) == "there are none"
    told = suggest("vae", map(str, range(41)), "ganzoo list", "; or a file")
    assert told == "`ganzoo list` shows the 41 that there are; or a file"
