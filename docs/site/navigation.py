"""A Sphinx extension that adds the navigation of the site, from the files of the repository.

The root page gets all sections of the sidebar. A page ``FOLDER/index.md`` gets the other pages of its folder and the
index pages one folder below. Pages that lie deeper, such as one for each of a hundred parts, are left out of the
sidebar: their index page links to them. So the Markdown holds no directive of Sphinx, and a new page is in the site
without being listed. Pages stand in the order in which the page links to them, the others behind them by name.
"""

from __future__ import annotations

import os.path
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx

ROOT = "docs/index"
# Captions of the sidebar, each with its pages; a name that ends in / stands for the pages of a folder.
SECTIONS = {
    "Begin": ("docs/first-steps", "docs/numbers", "docs/limits"),
    "Guides": ("docs/guides/",),
    "Concepts": ("docs/concepts/",),
    "Plugins": ("docs/plugins/", "docs/SKILL"),
    "Zoo and results": ("docs/zoo/", "docs/results/", "docs/reference/"),
    "Repository": (
        "benchmarks/README",
        "tests/example_plugin/README",
        "ganzoo/testing/pretend_cuda/README",
        "CONTRIBUTING",
        "SECURITY",
        "CHANGELOG",
    ),
}
BELOW = {"benchmarks/README": "benchmarks/results/"}  # pages that are no index of a folder and lead to another's pages
_LEFT_OUT = "---\norphan: true\n---\n"  # so that Sphinx does not miss the page in the sidebar
_LINK = re.compile(r"\]\(([^)#\s]+)\.md(?:#[^)\s]*)?\)")


def linked(page: str, text: str) -> list[str]:
    """Give the pages that a page's text links to, in their order."""
    folder = PurePosixPath(page).parent
    return [os.path.normpath(folder / target) for target in _LINK.findall(text) if "://" not in target]


def ordered(found: Iterable[str], first: list[str]) -> list[str]:
    """Put pages in the order of a list, those that are not in it last."""
    return sorted(found, key=lambda page: (first.index(page) if page in first else len(first), page))


def of_folder(folder: str, pages: set[str]) -> list[str]:
    """Give the index page of a folder, which leads to the others; without one, all of its pages."""
    index = f"{folder}index"
    return [index] if index in pages else [page for page in pages if page.startswith(folder)]


def neighbours(page: str, pages: set[str]) -> list[str]:
    """Give the pages beside an index page, and the index pages one folder below."""
    folder = PurePosixPath(page).parent

    def near(other: PurePosixPath) -> bool:
        return other.parent == folder or (other.name == "index" and other.parent.parent == folder)

    return [other for other in pages - {page} if near(PurePosixPath(other))]


def deep(page: str, pages: set[str]) -> bool:
    """Say whether a page has no index beside it, and one above it that is not the root page."""
    above = PurePosixPath(page).parent.parents
    beside = str(PurePosixPath(page).parent / "index") in pages
    return not beside and any(str(folder / "index") in pages - {ROOT} for folder in above)


def tree(pages: list[str], caption: str = "") -> str:
    """Write a hidden table of contents in MyST's Markdown; nothing without pages."""
    if not pages:
        return ""
    lines = ["", "```{toctree}", ":hidden:", *([f":caption: {caption}"] if caption else []), ""]
    return "\n".join([*lines, *(f"/{page}" for page in pages), "```", ""])


def trees(page: str, text: str, pages: set[str]) -> str:
    """Write all tables of contents that belong to a page."""
    first = linked(page, text)
    if page == ROOT:
        written = ""
        for caption, names in SECTIONS.items():
            found = [of_folder(name, pages) if name.endswith("/") else [name] for name in names]
            there = [each for some in found for each in ordered(some, first) if each in pages]
            written += tree(there, caption)
        return written
    if page in BELOW:
        return tree(ordered(of_folder(BELOW[page], pages), first))
    if PurePosixPath(page).name == "index":
        return tree(ordered(neighbours(page, pages), first))
    return ""


def add(app: Sphinx, page: str, source: list[str]) -> None:
    """Append the navigation of a page to its text."""
    pages = set(app.env.found_docs)
    source[0] = (_LEFT_OUT if deep(page, pages) else "") + source[0] + trees(page, source[0], pages)


class Sidebars:
    """The sidebars of pages that are left out of it: one for each folder, as their links are relative to it."""

    def __init__(self) -> None:
        self._written: dict[tuple[str, str], str] = {}

    def share(self, app: Sphinx, page: str, _template: str, context: dict[str, Any], _tree: object) -> None:
        """Write the sidebar once for all pages of a folder, which takes half of the time to build the site."""
        if "toctree" not in context or not deep(page, set(app.env.found_docs)):
            return
        write = context["toctree"]

        def once(**how: object) -> str:
            key = str(PurePosixPath(page).parent), repr(sorted(how.items()))
            if key not in self._written:
                self._written[key] = write(**how)
            return self._written[key]

        context["toctree"] = once


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx."""
    app.connect("source-read", add)
    app.connect("html-page-context", Sidebars().share, priority=400)  # before the theme asks for the sidebar, at 500
    return {"parallel_read_safe": True, "parallel_write_safe": True}
