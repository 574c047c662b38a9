"""Rules of style that ruff has no rule for, found by reading the source."""

import ast
import re

import pytest
from repository import ROOT

FILES = sorted([*(ROOT / "ganzoo").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")])
LONGEST = 60
DOCUMENTED = [*FILES, *(f for folder in ("benchmarks", "docs", "tests/support") for f in (ROOT / folder).rglob("*.py"))]
# A docstring or a comment says what a thing does or is; one that begins with these only points at it.
POINTING = {"What", "How", "Whether", "Where", "Which", "Who"}
ASKING = re.compile(r"^\s*# (?:What|How|Whether|Which|Who)\b.*$", re.MULTILINE)  # "Where ..., this is so" is a sentence


def long_functions(text):
    """The functions of more than so many lines, their signature and docstring counted."""
    found = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return [node.name for node in found if node.end_lineno - node.lineno + 1 > LONGEST]


def test_functions_are_short():
    assert len(FILES) > 400
    assert [f"{f.relative_to(ROOT).as_posix()} {name}" for f in FILES for name in long_functions(f.read_text())] == []


@pytest.mark.parametrize(("lines", "found"), [(LONGEST, []), (LONGEST + 1, ["f"])])
def test_a_long_function_is_found(lines, found):
    assert long_functions("class C:\n    def f(self):\n" + "        x = 1\n" * (lines - 1)) == found


def pointing(text):
    """The docstrings that begin with a question word."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    said = (ast.get_docstring(node) for node in ast.walk(ast.parse(text)) if isinstance(node, documented))
    return [line for line in said if line and line.split()[0].rstrip(",") in POINTING]


def test_docstrings_say_what_a_thing_is():
    assert len(DOCUMENTED) > len(FILES) + 100
    assert [line for file in DOCUMENTED for line in pointing(file.read_text())] == []


def test_comments_say_what_a_thing_is():
    assert [line for file in DOCUMENTED for line in ASKING.findall(file.read_text())] == []


@pytest.mark.parametrize(("text", "n"), [("x = 1\n    # What it is.\n", 1), ("# Whatever it is.\n", 0), ("'# W'\n", 0)])
def test_a_pointing_comment_is_found(text, n):
    assert len(ASKING.findall(text)) == n


@pytest.mark.parametrize(("line", "n"), [("Whether it is so.", 1), ("Return whether it is so.", 0), ("", 0)])
def test_a_pointing_docstring_is_found(line, n):
    assert len(pointing(f'def f():\n    """{line}"""\n')) == n


def registers_nothing(text):
    """True for a module whose docstring says that it registers something, and which has no hook that would."""
    said = ast.get_docstring(ast.parse(text)) or ""
    return said.split()[:1] == ["Register"] and "@hookimpl" not in text


def test_only_modules_with_hooks_say_that_they_register():
    assert [file.relative_to(ROOT).as_posix() for file in FILES if registers_nothing(file.read_text())] == []
