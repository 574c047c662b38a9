"""Conditions that a program's writer decides are decided as Python decides them."""

import ast

import pytest

from ganzoo.recipes.explaining.deciding import decide

CONDITIONS = {
    "not True": False,
    "0.0 or None": None,
    "1 and 2": 2,
    "'a' == 'b' or 3 > 2": True,
    "None is not None": False,
    "-1 < 0 and not 0": True,
    "(1, -2) == (1, -2)": True,
    "() or 3": 3,
}


@pytest.mark.parametrize("code", CONDITIONS)
def test_constants_are_decided(code):
    assert decide(ast.parse(code, mode="eval").body) == CONDITIONS[code]


@pytest.mark.parametrize("code", ["x", "f(1)", "1 + 1 > x", "[] == []"])
def test_anything_else_is_refused(code):
    with pytest.raises(ValueError, match="not known beforehand"):
        decide(ast.parse(code, mode="eval").body)
