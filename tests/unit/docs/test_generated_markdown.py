"""Texts and docstrings on generated pages, read back by a Markdown parser."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from docs.generate import markdown
from docs.generate.command_line import help_of
from docs.generate.docstrings import markdown as rendered
from docs.generate.docstrings import parse
from docs.generate.page import relative
from docs.generate.signatures import parameters, signature

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
SIGNS = "abE fgx_*`~[](){}<>&|\\$^!#:.'\"-+=0123"
WRITTEN = st.one_of(st.text(SIGNS, max_size=40), st.text("a *_", max_size=12), st.text("a`~[]()<", max_size=12))


def shown(text, kinds=("text", "code_inline")):
    """Give what a reader sees of one paragraph."""
    (opened, inline, closed) = PARSER.parse(text)
    assert (opened.type, closed.type) == ("paragraph_open", "paragraph_close")
    assert {child.type for child in inline.children} <= set(kinds)
    return "".join(child.content for child in inline.children)


@given(WRITTEN)
def test_text_is_shown_as_it_stands(text):
    text = f"x {' '.join(text.split())} x"
    assert shown(markdown.escaped(text)) == text


@given(st.text(st.sampled_from("ab_*`|\\<$ "), min_size=1, max_size=20).filter(lambda text: text.strip(" `")))
def test_code_is_shown_as_it_stands(text):
    text = " ".join(text.split())
    assert shown(markdown.code(text), kinds=("code_inline", "text")).strip() == text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("E[f*(T(fake))] - k_t * E[||grad D(x)||^2]", "E[f*(T(fake))] - k_t * E[||grad D(x)||^2]"),
        ("``a_b`` and `c|d`, 5 < 6 & 7", "a_b and c|d, 5 < 6 & 7"),
        ("see :meth:`Metric.summarise`", "see Metric.summarise"),
        ("costs $5 and $6, ~x~", "costs $5 and $6, ~x~"),
        ("&lt; is not <", "&lt; is not <"),
        ("*a*, **b** and a*b*c", "*a*, **b** and a*b*c"),
        ("E[f](x) of _all_ <b>", "E[f](x) of _all_ <b>"),
    ],
)
def test_code_and_signs_in_prose(written, read):
    assert shown(markdown.prose(written)) == read


def test_a_cell_keeps_its_bars():
    text = markdown.table(("a", "b"), [("`x|y`", markdown.escaped("|x|")), ("", "c")])
    rows = [token for token in PARSER.parse(text) if token.type == "inline"]
    read = ["".join(child.content for child in token.children) for token in rows]
    assert read == ["a", "b", "x|y", "|x|", markdown.NONE, "c"]


DOCSTRING = """What it is, over
two lines.

More of it: E[x]. ::

    an example

    goes on

- one
  item
- another

Source: arXiv:1.2, eq. 3;
    and eq. 4.
Departs: nowhere.

Args:
    a: the first, which
        goes on: here.
    b, c: two others.
    **d: the rest.

Raises:
    ValueError: always.
"""


def test_a_docstring_is_taken_apart():
    found = parse(DOCSTRING)
    assert found.summary == "What it is, over two lines."
    assert found.sections["Source"] == "arXiv:1.2, eq. 3;\nand eq. 4."
    assert found.sections["Departs"] == "nowhere."
    assert found.items("Args") == {"a": "the first, which goes on: here.", "b, c": "two others.", "d": "the rest."}
    assert found.items("Raises") == {"ValueError": "always."}
    assert found.items("Yields") == {}


def test_a_docstring_becomes_paragraphs_examples_and_lists():
    assert rendered(parse(DOCSTRING).text) == (
        "What it is, over two lines.\n\nMore of it: $\\mathbb{E}[x]$. :\n\n```text\nan example\n\ngoes on\n```\n\n"
        "- one item\n- another"
    )


class Parent:
    """A parent.

    Args:
        width: how wide.
    """

    def __init__(self, width: "int | None" = None, *, deep: bool = False) -> None: ...


class Child(Parent):
    """A child.

    Attributes:
        deep: how deep.
    """


def test_parameters_are_told_by_the_nearest_docstring():
    width, deep = parameters(Child)
    assert (width.name, width.kind, width.default, width.meaning) == ("width", "int | None", None, "how wide.")
    assert (deep.kind, deep.default, deep.meaning) == ("bool", False, "how deep.")


def test_signatures_are_written_as_in_the_source():
    assert signature("Parent", Parent) == "Parent(width: int | None = None, *, deep: bool = False)"

    def function(self, *paths: Path, **more: object) -> dict[str, Path]: ...

    assert signature("function", function, bound=True) == "function(*paths: Path, **more: object) -> dict[str, Path]"
    assert signature("plain", lambda x, y=print, z=lambda: 0: x) == "plain(x, y=print, z=...)"


def test_links_are_relative():
    assert relative("configs/a.yaml", "docs/zoo/recipes/a.md") == "../../../configs/a.yaml"
    assert relative("docs/zoo/index.md#losses", "docs/zoo/losses/x.md") == "../index.md#losses"


def test_a_help_becomes_paragraphs_and_blocks():
    text = """Do it.

    With `ganzoo list --json` or --no-flips, not a--b; x * y.

    \b
    ganzoo list --json
    # nothing else

    \b
    Examples:
      $ ganzoo show dcgan
      $ ganzoo list

    \b
    a   b
    \f
    Not shown.
    """
    assert list(help_of(text)) == [
        "Do it.",
        "With `ganzoo list --json` or `--no-flips`, not a--b; x \\* y.",
        "```sh\nganzoo list --json\n# nothing else\n```",
        "Examples:",
        "```sh\nganzoo show dcgan\nganzoo list\n```",
        "```text\na   b\n```",
    ]
