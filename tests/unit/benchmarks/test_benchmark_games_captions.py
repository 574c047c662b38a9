"""The benchmark of captions: what it asks of the bench, and its rows."""

import sys

import pytest
from repository import ROOT
from shell_blocks import check


@pytest.fixture
def script(monkeypatch):
    """The script, and nothing of it left behind."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    for name in ("games_captions", "measuring"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import games_captions

    yield games_captions
    for name in ("games_captions", "measuring"):
        sys.modules.pop(name, None)


def run(recipe, accuracy, status="done"):
    return {"recipe": recipe, "status": status, "metrics": {"caption-accuracy": accuracy, "fid": 5.0}}


def test_the_rows(script):
    results = {
        "recipes": dict.fromkeys(["gan-cls", "gan-cls-1", "gan-cls-2"]),
        "runs": [run("gan-cls", 90.0), run("gan-cls", 95.0), run("gan-cls-1", 80.0), run("gan-cls-2", 0.0, "diverged")],
        "floor": {"caption-accuracy": 9.0, "fid": 1.0},
    }
    rows = script.rows_of(results)
    assert [row["played"] for row in rows[:3]] == list(script.RECIPES.values())
    assert rows[0]["as said, %"] == "92.5" and rows[0]["FD[digits]"] == "5.00" and rows[0]["seeds"] == 2
    assert rows[2]["as said, %"] is None and rows[2]["seeds"] == 0
    assert rows[3]["as said, %"] == "9.0"


def test_the_bench_is_one_that_ganzoo_takes(script, tmp_path):
    check(["ganzoo", *script.words_of(tmp_path, kimg=1, seeds=2, device="cpu", threads=1)])
