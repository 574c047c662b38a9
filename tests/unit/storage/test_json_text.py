"""JSON as ganzoo reads it: what every parser agrees on, and nothing that ends a reader later."""

import json

import pytest

from ganzoo.storage.json_text import DEEPEST, JsonError, parse_json


@pytest.mark.parametrize(
    "value", [{}, [], None, True, -1, 2**64 - 1, -(2**63), 1.5, 1e-300, 1e308, "\x00\ud800é", {"a": [{"b": [1, 2.5]}]}]
)
def test_what_json_writes_is_read_back(value):
    assert parse_json(json.dumps(value)) == value
    assert parse_json(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("NaN", "it holds NaN, which is no number"),
        ('{"a": [-Infinity]}', "it holds -Infinity, which is no number"),
        ("1e999", "it holds 1e999, which is beyond all floats"),
        ("1" * 21, "it holds a whole number of 21 digits"),
        ("-" + "9" * 5000, "it holds a whole number of 5,001 digits"),
        ('{"a": {"b": 1, "b": 1}}', "it names the key 'b' twice"),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), f"it is nested more than {DEEPEST} deep"),
        ("[" * 100_000 + "]" * 100_000, f"it is nested more than {DEEPEST} deep"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, f"it is nested more than {DEEPEST} deep"),
    ],
    ids=lambda text: text[:20],
)
def test_what_no_file_holds_is_one_sentence(text, said):
    with pytest.raises(JsonError) as caught:
        parse_json(text)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        (b" \n\n", "it is empty"),
        ("{", "it is cut off in line 1"),
        ('{"a": 1,\n "b": [1, 2,\n', "it is cut off in line 2"),
        ('{\n"a": "some te', "it is cut off in line 2"),
        ("{'a': 1}", "it is no JSON from line 1, column 2 on"),
        ('{"a": 1}\n{"a": 2}', "it is no JSON from line 2, column 1 on"),
        ("[1,]", "it is no JSON from line 1, column "),
        ("\x00", "it is no JSON from line 1, column 1 on"),
        (b"\xef\xbb\xbf", "it is "),
        (b"\xff", "it is no UTF-8 text"),
        ("[" * 100_000, "it is "),
    ],
    ids=lambda text: str(text)[:20],
)
def test_what_is_no_json_is_a_value_error(text, said):
    with pytest.raises(ValueError, match=said):
        parse_json(text)


def test_the_deepest_is_still_read():
    assert parse_json("[" * DEEPEST + "]" * DEEPEST)
