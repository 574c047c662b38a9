"""The documentation as data: pages, code blocks, links and headings, read with a Markdown parser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from repository import ROOT

GENERATED = ("docs/reference", "docs/zoo", "docs/results")  # written by ``python -m docs.generate``
_BESIDE = ("README.md", "CONTRIBUTING.md", "benchmarks/README.md", "tests/example_plugin/README.md")
_FILE = re.compile(r"^# ([\w./-]+\.(?:py|toml|yaml))$", re.MULTILINE)
_MARKED = re.compile(r"<!-- begin ([a-z-]+) -->\n(.*?)<!-- end \1 -->", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of code.

    Attributes:
        page: path of its page from the root of the repository.
        line: of the page, from 1, where the block begins.
        language: behind the fence; empty without one.
        text: what is between the fences.
        marked: name of the generated block of the README that it is in; empty for none.
    """

    page: str
    line: int
    language: str
    text: str
    marked: str = ""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    def files(self) -> dict[str, str]:
        """The files that the block shows, by their names: each begins with a line ``# path/file.py``."""
        if not _FILE.match(self.text):
            return {}
        parts = _FILE.split(self.text)[1:]
        return {
            name: content.lstrip("\n").rstrip() + "\n" for name, content in zip(parts[::2], parts[1::2], strict=True)
        }


def pages(*, generated: bool = True) -> list[str]:
    """Every page whose code blocks are checked, as paths from the root of the repository."""
    found = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").rglob("*.md"))]
    if not generated:
        found = [page for page in found if not page.startswith(GENERATED)]
    return [*(page for page in _BESIDE if (ROOT / page).is_file()), *found]


def linked_pages() -> list[str]:
    """Every page whose links are checked: also those that lie elsewhere in the repository."""
    found = [*ROOT.glob("*.md"), *(ROOT / ".github").rglob("*.md"), *(ROOT / "benchmarks").rglob("*.md")]
    found += [*(ROOT / "ganzoo").rglob("*.md"), *(ROOT / "plugins").rglob("*.md")]
    return list(dict.fromkeys([*pages(), *(path.relative_to(ROOT).as_posix() for path in sorted(found))]))


@cache
def read(page: str) -> str:
    """The text of a page."""
    return (ROOT / page).read_text(encoding="utf-8")


@cache
def _tokens(text: str) -> tuple[Token, ...]:
    return tuple(MarkdownIt("commonmark").enable("table").parse(text))


def blocks(page: str, *languages: str) -> list[Block]:
    """The code blocks of a page, of some languages or of all."""
    return [block for block in blocks_of(page, read(page)) if not languages or block.language in languages]


def blocks_of(page: str, text: str) -> list[Block]:
    """The code blocks of a text."""
    spans = [(text.count("\n", 0, m.start(2)), text.count("\n", 0, m.end(2)), m[1]) for m in _MARKED.finditer(text)]
    found = []
    for token in _tokens(text):
        if token.type in ("fence", "code_block"):
            assert token.map is not None
            line = token.map[0]
            marked = next((name for begin, end, name in spans if begin <= line < end), "")
            found.append(Block(page, line + 1, token.info.strip(), token.content, marked))
    return found


def files(page: str) -> dict[str, str]:
    """All files that a page shows, by name."""
    found: dict[str, str] = {}
    for block in blocks(page):
        for name, content in block.files().items():
            assert name not in found, f"{block} shows {name} a second time"
            found[name] = content
    return found


def inline_code(page: str) -> list[str]:
    """Give the texts between backticks of a page's prose and tables."""
    return [child.content for child in _inline(page) if child.type == "code_inline"]


def links(page: str) -> list[str]:
    """Targets of a page's links and pictures, those of raw HTML included."""
    found = []
    for child in _inline(page):
        if child.type == "link_open":
            found.append(str(child.attrs["href"]))
        elif child.type == "image":
            found.append(str(child.attrs["src"]))
        elif child.type == "html_inline":
            found += re.findall(r'(?:src|href)="([^"]+)"', child.content)
    for token in _tokens(read(page)):
        if token.type == "html_block":
            found += re.findall(r'(?:src|href)="([^"]+)"', token.content)
    return found


def anchors(page: str) -> set[str]:
    """Give the fragments that link to a page's headings, as code hosts form them from the text."""
    found: set[str] = set()
    tokens = _tokens(read(page))
    for token, inner in pairwise(tokens):
        if token.type == "heading_open":
            text = "".join(child.content for child in inner.children or () if child.type in ("text", "code_inline"))
            slug = re.sub(r"[^\w -]", "", text).strip().lower().replace(" ", "-")
            number = 1
            while (name := slug if number == 1 else f"{slug}-{number - 1}") in found:
                number += 1
            found.add(name)
    return found


def table(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, as written, without its head."""
    rows: list[list[str]] = []
    for line in f"\n{read(page)}".split(f"\n{heading}\n", 1)[1].splitlines():
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
        elif rows:
            break
    return rows[2:]


def _inline(page: str) -> Iterator[Token]:
    for token in _tokens(read(page)):
        if token.type == "inline":
            yield from token.children or ()
