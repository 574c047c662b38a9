"""The benchmark of waves: what it asks of the benches, and its rows."""

import sys

import pytest
from repository import ROOT
from shell_blocks import check


@pytest.fixture
def script(monkeypatch):
    """The script, and nothing of it left behind."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    for name in ("games_waves", "measuring"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import games_waves

    yield games_waves
    for name in ("games_waves", "measuring"):
        sys.modules.pop(name, None)


def run(recipe, seed, status="done", **numbers):
    return {"recipe": recipe, "seed": seed, "status": status, "metrics": numbers if status == "done" else None}


def test_the_rows(script):
    near, far = {"spectral-distance": 2.0, "fid": 10.0}, {"spectral-distance": 4.0, "fid": 14.0}
    results = {
        "recipes": dict.fromkeys(["wavegan", "wave-heads"]),
        "runs": [run("wavegan", 0, **near), run("wavegan", 1, **far), run("wave-heads", 0, "diverged")],
        "floor": {"spectral-distance": 0.251, "fid": 0.5},
    }
    first, second, floor = script.rows_of("of noise", results)
    assert (first["spectra dB"], first["FD[log-mel]"], first["not done"]) == ("3.00±1.00", "12.00±2.00", None)
    assert second["not done"] == ["seed 0 diverged"] and "spectra dB" not in second
    assert floor["spectra dB"] == "0.25"
    assert script.labels_of([first, floor]) == ["spectra dB", "FD[log-mel]"]


@pytest.mark.parametrize("game", ["of noise", "of spectrograms"])
def test_the_benches_are_such_as_ganzoo_takes(script, tmp_path, game):
    check(["ganzoo", *script.words_of(game, tmp_path, kimg=1, seeds=2, device="cpu", threads=1)])
