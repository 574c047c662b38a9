"""Links of the documentation lead somewhere, and every page can be reached."""

import os.path
import re
from pathlib import Path

import pytest
from documents import anchors, blocks, linked_pages, links, pages, read
from repository import ROOT

PAGES = linked_pages()


def inside(target):
    return not re.match(r"[a-z]+:", target)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for target in filter(inside, links(page)):
        name, _, heading = target.partition("#")
        file = (ROOT / page).parent / name if name else ROOT / page
        assert file.is_file(), f"{target}: {'link to a file in the folder' if file.is_dir() else 'not there'}"
        if heading:
            linked = os.path.relpath(file, ROOT)
            assert heading in anchors(linked), target


@pytest.mark.parametrize("page", PAGES)
def test_external_links_are_encrypted(page):
    assert [
        target for target in links(page) if not inside(target) and not target.startswith(("https:", "mailto:"))
    ] == []


def test_every_page_is_reached_from_the_readme():
    reached, new = set(), {"README.md"}
    while new:
        reached |= new
        new = {
            os.path.normpath(Path(page).parent / target.partition("#")[0])
            for page in new
            for target in links(page)
            if inside(target) and target.partition("#")[0].endswith(".md")
        } - reached
    missed = {page for page in pages() if page.startswith("docs/")} - reached - {"docs/README.md"}
    assert missed == set()


def test_a_page_has_one_title_and_begins_with_it():
    for page in pages():
        text = re.sub(r"\A---\n.*?\n---\n\s*", "", read(page), flags=re.DOTALL)  # a skill's front matter
        assert text.startswith(("# ", "<!--")), page
        inside_blocks = sum(len(re.findall(r"^\s*# ", block.text, re.MULTILINE)) for block in blocks(page))
        assert len(re.findall(r"^\s*# ", text, re.MULTILINE)) - inside_blocks <= 1, page


def test_anchors_are_formed_as_code_hosts_form_them():
    assert "mode-coverage-rows-that-differ-from-the-published-ones" in anchors("benchmarks/README.md")
    assert "a-turn-is-a-pure-tensor-program" in anchors("docs/concepts/turn.md")
    assert "keys" in anchors("docs/concepts/recipe.md")
