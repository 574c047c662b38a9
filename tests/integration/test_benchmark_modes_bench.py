"""A bench that the script of mixtures plays and reads."""

import sys

import pytest
from repository import ROOT

pytestmark = pytest.mark.slow

MODULES = ("modes", "measuring")
TINY = ("generator.width=8", "discriminator.width=8")


@pytest.fixture
def script(monkeypatch):
    """The script, and nothing of it left behind."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    for name in MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    import modes

    yield modes
    for name in MODULES:
        sys.modules.pop(name, None)


def test_a_bench_is_played_and_read(script, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(script.POINTS, "short", script.Protocol(turns=2, seeds=1, evaluations=1, overrides=TINY))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", "")
    spec = str(ROOT / "benchmarks" / "mixtures" / "pacgan2.yaml")
    assert script.main(["ring", spec, "--device", "cpu", "--bench", str(tmp_path / "b"), "--parallel", "1"]) == 0
    told = capsys.readouterr().out
    assert "(0.4 kimg)" in told and "(80,000 kimg, PacGAN, table 1)" in told
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == ["0.4kimg"]
    out = tmp_path / "modes-ring.json"
    assert script.main(["ring", spec, "--device", "cpu", "--bench", str(tmp_path / "b"), "--out", str(out)]) == 0
    (kept,) = (tmp_path / "modes-ring").iterdir()
    (drawn,) = (tmp_path / "b/0.4kimg/pacgan2/seed0/samples").glob("kimg-*.png")
    assert kept.name == "pacgan2.png" and kept.read_bytes() == drawn.read_bytes()
