"""The benchmark of tables: what it asks of the bench, and its rows."""

import sys

import pytest
from repository import ROOT
from shell_blocks import check


@pytest.fixture
def script(monkeypatch):
    """The script, and nothing of it left behind."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    for name in ("games_tables", "measuring"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import games_tables

    yield games_tables
    for name in ("games_tables", "measuring"):
        sys.modules.pop(name, None)


def run(recipe, seed, tstr, status="done"):
    numbers = {"column-distance": 0.25, "correlation-distance": 0.125, "tstr": tstr, "nearest-record": 40.0}
    return {"recipe": recipe, "seed": seed, "status": status, "metrics": numbers if status == "done" else None}


def test_the_rows(script):
    names = ["ctgan", "ctgan-1", "ctgan-2"]
    floors = {"column-distance": 0.169, "correlation-distance": 0.097, "tstr": 97.753, "nearest-record": 47.3}
    results = {
        "recipes": dict.fromkeys(names),
        "runs": [run("ctgan", 0, 90.0), run("ctgan", 1, 94.0), run("ctgan-1", 0, None, "diverged")],
        "floor": floors,
        "real": {"tstr": 100.0},
    }
    rows = script.rows_of(results)
    assert [row["played"] for row in rows[:2]] == list(script.RECIPES.values())[:2]
    assert rows[0]["TSTR %"] == "92.0±2.0"
    assert rows[0]["columns"] == "0.25±0.00" and rows[0]["not done"] is None
    assert rows[1]["not done"] == ["seed 0 diverged"] and "TSTR %" not in rows[1]
    assert rows[3]["columns"] == "0.17" and rows[3]["TSTR %"] == "97.8"
    assert rows[4]["TSTR %"] == "100.0"


def test_the_bench_is_one_that_ganzoo_takes(script, tmp_path):
    check(["ganzoo", *script.words_of(tmp_path, kimg=1, seeds=2, device="cpu", threads=1)])
