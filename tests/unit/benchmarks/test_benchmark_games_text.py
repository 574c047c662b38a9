"""The benchmark of text: what it asks of the bench, and its rows."""

import sys

import pytest
from repository import ROOT
from shell_blocks import check


@pytest.fixture
def script(monkeypatch):
    """The script, and nothing of it left behind."""
    names = ("games_text", "games_tables", "measuring")
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    import games_text

    yield games_text
    for name in names:
        sys.modules.pop(name, None)


def test_the_rows(script, tmp_path, monkeypatch):
    """Of two generated lines the grammar has one: the other's verb does not agree."""
    numbers = {"jsd-1": 0.01, "jsd-2": 0.02, "jsd-3": 0.125, "jsd-4": 0.25}
    run = {"recipe": "wgan-gp-text", "seed": 0, "status": "done", "metrics": numbers, "folder": "runs/0"}
    results = {"recipes": dict.fromkeys(script.RECIPES), "runs": [run], "floor": numbers, "real": {}}
    lines = ["the cat sees an owl.", "the cat see an owl."]
    monkeypatch.setattr(script, "lines_of", lambda folder, scratch: lines)
    rows = script.rows(tmp_path, results, tmp_path)
    assert rows[0]["JSD-3"] == "0.125" and rows[0]["sentences %"] == "50.0"
    assert "sentences %" not in rows[1]
    assert rows[2]["played"] == "half of the real lines against the other half" and rows[2]["JSD-4"] == "0.250"


def test_the_bench_is_one_that_ganzoo_takes(script, tmp_path):
    check(["ganzoo", *script.words_of(tmp_path, kimg=1, seeds=2, device="cpu", threads=1)])
