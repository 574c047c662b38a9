"""Rules of style that ruff has no rule for, found by reading the source."""

import ast

import pytest
from repository import ROOT

FILES = sorted([*(ROOT / "ganzoo").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")])
LONGEST = 60
# Longer ones, which are to be mended: the list only shrinks.
TO_BE_MENDED = {
    "ganzoo/bench/plan.py prepare",
    "ganzoo/bench/runs/examine/memorisation.py examine_memorisation",
    "ganzoo/cli/suite.py play_suite",
    "ganzoo/metrics/evaluator.py open",
    "plugins/losses/__init__.py register_losses",
}


def long_functions(text):
    """The functions of more than so many lines, their signature and docstring counted."""
    found = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [node.name for node in found if node.end_lineno - node.lineno + 1 > LONGEST]


def test_functions_are_short():
    assert len(FILES) > 400
    found = {f"{f.relative_to(ROOT).as_posix()} {name}" for f in FILES for name in long_functions(f.read_text())}
    assert found <= TO_BE_MENDED


@pytest.mark.parametrize(("lines", "found"), [(LONGEST, []), (LONGEST + 1, ["f"])])
def test_a_long_function_is_found(lines, found):
    assert long_functions("class C:\n    def f(self):\n" + "        x = 1\n" * (lines - 1)) == found
