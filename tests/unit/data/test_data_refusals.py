"""Every refusal of data says what to change, or which options or command solve it."""

import ast
import re

import pytest
from repository import ROOT

# The words behind the last semicolon or colon: an option, a command, or a change in the imperative.
VERBS = "use|repeat|name|give|save|add|leave|remove|take|mend|copy|move|unpack|divide|write|replace|put|scale"
SOLVES = re.compile(rf"--[a-z][a-z-]+|`ganzoo |(?:[;:,] |or )(?:{VERBS})\b")
# Built elsewhere from what was met, and tested there: test_data_fitting.py.
COMPOSED = {("decode.py", "refusal"), ("stream.py", "refusal")}


def text_of(node, constants):
    """A message as far as the source tells it: names of the module's own texts are put in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part, constants) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return text_of(node.value, constants)
    if isinstance(node, ast.Constant):
        return str(node.value)
    return constants.get(ast.unparse(node), "...")


def refusals():
    """Each place that raises or returns a ``DataError``, with its message."""
    for file in sorted((ROOT / "ganzoo" / "data").rglob("*.py")):
        tree = ast.parse(file.read_text())
        pairs = [(node.targets[0], node.value) for node in ast.walk(tree) if isinstance(node, ast.Assign)]
        texts = {ast.unparse(name): text_of(value, {}) for name, value in pairs if isinstance(value, ast.Constant)}
        for name, value in pairs:  # such as `named = f"; ..." if ways else "; save ..."`: both must solve it
            if isinstance(value, ast.IfExp) and isinstance(value.orelse, ast.Constant):
                texts.setdefault(ast.unparse(name), text_of(value.orelse, {}))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "DataError":
                (message,) = node.args
                called = ast.unparse(message.func) if isinstance(message, ast.Call) else ""
                yield file.name, node.lineno, called, text_of(message, texts)


FOUND = list(refusals())


def test_refusals_are_found():
    assert len(FOUND) > 50 and {(name, called) for name, _, called, _ in FOUND if called} == COMPOSED


@pytest.mark.parametrize(
    ("name", "line", "text"), [one[:2] + one[3:] for one in FOUND if not one[2]], ids=lambda value: str(value)[:60]
)
def test_a_refusal_says_what_solves_it(name, line, text):
    assert SOLVES.search(text), text


@pytest.mark.parametrize(
    "text", ["... is damaged (...)", "...: the labels go from ... to ..., and classes count from 0"]
)
def test_a_refusal_without_a_remedy_is_found(text):
    assert not SOLVES.search(text)
