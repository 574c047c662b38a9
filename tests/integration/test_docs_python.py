"""The Python of the documentation runs: the blocks of a page one after another, as a reader would type them."""

import re

import pytest
from documents import blocks, pages, read
from repository import ROOT


def programs(page):
    """The Python blocks of a page that are neither files nor the list of hooks, which other tests check."""
    return [block for block in blocks(page, "python") if not block.files() and "Register =" not in block.text]


PAGES = [page for page in pages() if programs(page)]


def test_the_readme_and_the_guide_have_programs():
    assert {"README.md", "docs/guides/python.md", "docs/concepts/turn.md"} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_it_runs(page, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    names = {"__name__": "__main__"}
    for block in programs(page):
        exec(compile(block.text, str(block), "exec"), names)
        for name, value in list(names.items()):
            if name == "samples":
                assert tuple(value.shape) == (16, 1, 8, 8)
                assert value.abs().max() <= 1


def test_the_results_are_those_of_the_bench(monkeypatch, capsys):
    """What the guide prints of the committed bench has the mean that the first table of the README shows."""
    monkeypatch.chdir(ROOT)
    exec(programs("docs/guides/python.md")[-1].text, {})
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    values = [float(row[-1]) for row in rows if row[0] == "dcgan"]
    assert [row[2] for row in rows] == ["done"] * 6
    (shown,) = re.findall(r"^ dcgan .*?([\d.]+) ±", read("README.md"), re.MULTILINE)[:1]
    assert f"{sum(values) / len(values):.2f}" == shown
