"""The Python of the documentation runs: the blocks of a page one after another, as a reader would type them."""

import math
import re

import pytest
import torch
from documents import blocks, pages, read
from repository import ROOT

import ganzoo


def programs(page):
    """The Python blocks of a page that are neither files nor the list of hooks, which other tests check."""
    return [block for block in blocks(page, "python") if not block.files() and "Register =" not in block.text]


OF_A_RUN = {"docs/guides/use-a-generator.md"}  # test_docs_generators.py trains the run that it opens
PAGES = [page for page in pages() if programs(page) and page not in OF_A_RUN]


def test_the_readme_and_the_guide_have_programs():
    assert {"README.md", "docs/guides/python.md", "docs/concepts/turn.md"} <= set(PAGES)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with what is in the repository, into which programs may write."""
    for path in ROOT.iterdir():
        if not path.name.startswith(".") and path.name != "runs":
            (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


LONG = {"README.md", "docs/guides/python.md"}  # which train benches


@pytest.mark.parametrize("page", [pytest.param(page, marks=[pytest.mark.slow] * (page in LONG)) for page in PAGES])
def test_it_runs(page, folder, capsys):
    names = {"__name__": "__main__"}
    for block in programs(page):
        exec(compile(block.text, str(block), "exec"), names)
    if page == "docs/guides/python.md":
        _check_guide(names)
    elif page == "README.md":
        assert [run.status for run in names["results"].runs] == ["done"] * 4
        assert (folder / "samples.png").is_file()


def _check_guide(names):
    """Check the values that the guide's programs leave."""
    assert [run.status for run in names["results"].runs] == ["done"] * 6
    assert names["training"].result.status == "done"
    assert len(names["model"].sample(3).data) == 3
    fresh = ganzoo.build("wgan-gp", image_size=8, channels=1, seed=0)
    for player in ("G", "D"):
        moved = zip(names["parts"].modules()[player].parameters(), fresh.modules()[player].parameters(), strict=True)
        assert any(not torch.equal(ours, theirs) for ours, theirs in moved)
    assert math.isfinite(names["d_loss"])
    assert math.isfinite(names["g_loss"])


def test_the_results_are_those_of_the_bench(monkeypatch, capsys):
    """What the guide prints of the committed bench has the mean that the first table of the README shows."""
    monkeypatch.chdir(ROOT)
    exec(programs("docs/guides/python.md")[-1].text, {})
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    values = [float(row[-1]) for row in rows if row[0] == "dcgan"]
    assert [row[2] for row in rows] == ["done"] * 6
    (shown,) = re.findall(r"^ dcgan .*?([\d.]+) ±", read("README.md"), re.MULTILINE)[:1]
    assert f"{sum(values) / len(values):.2f}" == shown
