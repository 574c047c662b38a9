"""The lines of a game that the guide to games counts are those that its files have."""

import ast
import io
import re
import tokenize

import pytest
from repository import ROOT

GUIDE = (ROOT / "docs/guides/games.md").read_text()
BLANK = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
MOST = 140


def lines(source):
    """Lines of code: without blank ones, comments, docstrings and imports."""
    code = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in BLANK:
            code |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if text or isinstance(node, ast.Import | ast.ImportFrom):
            code -= set(range(node.lineno, node.end_lineno + 1))
    return len(code)


def counted():
    """Each file that the table of lines names, and its count."""
    table = GUIDE.partition("## What a game costs its author")[2].partition("\n## ")[0]
    return re.findall(r"`([a-z_]+/[a-z_]+\.py)` (\d+)", table)


def test_lines_of_code_are_counted_by_hand():
    source = [
        '"""Text."""',
        "",
        "import os",
        "",
        "def f(x):",
        '    """Text."""',
        "    # remark",
        "    y = (",
        "        x",
    ]
    assert lines("\n".join([*source, "    )", "    return y", ""])) == 5


def test_both_games_are_counted():
    assert {file.partition("/")[0] for file, _ in counted()} == {"unpaired", "tables"} and len(counted()) >= 8


@pytest.mark.parametrize(("file", "count"), counted())
def test_the_count_is_true_and_a_screen_or_two(file, count):
    assert lines((ROOT / "plugins" / file).read_text()) == int(count) <= MOST
