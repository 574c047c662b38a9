"""The benchmark of privacy: what it asks of the bench, and its rows."""

import sys

import pytest
from repository import ROOT
from shell_blocks import check


@pytest.fixture
def script(monkeypatch):
    """The script, and nothing of it left behind."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    for name in ("games_private", "measuring"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import games_private

    yield games_private
    for name in ("games_private", "measuring"):
        sys.modules.pop(name, None)


def run(recipe, fid, epsilon):
    told = {"regularizers.dp-sgd: epsilon at delta 1e-05": epsilon}
    return {"recipe": recipe, "status": "done", "metrics": {"fid": fid}, "evaluations": [{"told": told}]}


def test_the_rows(script):
    names = ["a", "b", "c", "d"]
    runs = [run("a", 30.0, None), run("b", 50.0, 7.654), run("b", 54.0, 7.654), {"recipe": "c", "status": "failed"}]
    rows = script.rows_of("digits", {"recipes": dict.fromkeys(names), "runs": runs, "floor": {"fid": 4.4}})
    assert rows[0] == {"noise": "0", "epsilon": "infinite", "FD[digits]": "30"}
    assert rows[1] == {"noise": "1", "epsilon": "7.65", "FD[digits]": "52±2"}
    assert rows[2] == {"noise": "2", "epsilon": "-"}
    assert rows[-1] == {"noise": "floor", "FD[digits]": "4.4"}


@pytest.mark.parametrize("data", ["digits", "wine"])
def test_the_bench_is_one_that_ganzoo_takes(script, tmp_path, data):
    check(["ganzoo", *script.words_of(data, tmp_path, seeds=2, device="cpu", threads=1)])
