"""The site's navigation comes from the files."""

import importlib.util

import pytest
from repository import ROOT


@pytest.fixture(scope="module")
def navigation():
    """The extension, as a module."""
    spec = importlib.util.spec_from_file_location("navigation", ROOT / "docs" / "site" / "navigation.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGES = {
    "docs/index",
    "docs/zoo/index",
    "docs/zoo/a",
    "docs/zoo/b",
    "docs/zoo/parts/index",
    "docs/zoo/parts/c",
    "docs/zoo/more/d",
    "README",
}


def test_an_index_has_its_neighbours_and_the_index_pages_below(navigation):
    text = navigation.trees("docs/zoo/index", "[b](b.md) and [c](parts/c.md#x)", PAGES)
    assert [line for line in text.splitlines() if line.startswith("/")] == [
        "/docs/zoo/b",  # linked first
        "/docs/zoo/a",
        "/docs/zoo/parts/index",
    ]


def test_pages_that_lie_deeper_are_left_out(navigation):
    assert {page for page in PAGES if navigation.deep(page, PAGES)} == {"docs/zoo/more/d"}


def test_other_pages_have_none(navigation):
    assert navigation.trees("docs/zoo/a", "[b](b.md)", PAGES) == ""


def test_the_root_has_the_sections_that_there_are(navigation):
    text = navigation.trees(navigation.ROOT, "", PAGES | {"docs/guides/x", "docs/guides/y"})
    captions = [line.removeprefix(":caption: ") for line in text.splitlines() if line.startswith(":caption:")]
    assert captions == ["Guides", "Zoo and results"]
    assert [line for line in text.splitlines() if line.startswith("/")] == [
        "/docs/guides/x",
        "/docs/guides/y",
        "/docs/zoo/index",
    ]


def test_links_are_read_as_from_their_page(navigation):
    text = "[a](../a.md) [b](b.md#h) [c](https://x.org/c.md) [d](d.png)"
    assert navigation.linked("docs/zoo/index", text) == ["docs/a", "docs/zoo/b"]


def test_every_page_beside_the_root_page_is_in_a_section(navigation):
    named = {name for names in navigation.SECTIONS.values() for name in names}
    beside = {f"docs/{page.stem}" for page in (ROOT / "docs").glob("*.md")} - {navigation.ROOT, "docs/README"}
    assert beside - named == set()
