"""The evaluation benchmark, with a stand-in for Inception that takes no time."""

import json
import sys
from argparse import Namespace

import pytest
import tiny_extractor
import torch
from fidelity_extractor import known_to_torch_fidelity
from repository import ROOT
from tiny_extractor import weights_at

SCRIPTS = ROOT / "benchmarks"
MODULES = ("evaluation", "judges", "measuring")


@pytest.fixture
def script(monkeypatch):
    """The script, and nothing of it left behind."""
    monkeypatch.syspath_prepend(SCRIPTS)
    for name in MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    import evaluation

    yield evaluation
    for name in MODULES:
        sys.modules.pop(name, None)


class Tiny(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.to_image = torch.nn.Linear(6, 3 * 8 * 8)
        torch.nn.init.normal_(self.to_image.weight, generator=torch.Generator().manual_seed(0))

    def forward(self, z):
        return self.to_image(z).view(-1, 3, 8, 8).tanh()


@pytest.fixture(scope="module")
def theirs():
    """The tiny network, as torch-fidelity knows it."""
    with known_to_torch_fidelity("ganzoo-benchmark") as name:
        yield name


@pytest.fixture
def setting(script, theirs, tmp_path, monkeypatch):
    weights = weights_at(tmp_path / "tiny.safetensors")
    monkeypatch.setattr(tiny_extractor.TinyExtractor, "shipped", weights)
    return script.Setting(
        G=Tiny().eval(),
        z_dim=6,
        real=tiny_extractor.images(50, seed=2),
        registry=tiny_extractor.registry(),
        weights=weights,
        folder=tmp_path,
        device="cpu",
        extractor="tiny",
        theirs={"feature_extractor": theirs},
    )


@pytest.mark.slow
def test_the_same_images_get_the_same_numbers_and_every_contestant_a_row(script, setting):
    chosen = Namespace(samples=[60, 30], peers=[script.BASE], rounds=2, threads=1)
    tables = script.end_to_end(setting, chosen)
    assert list(tables) == [f"{n} samples of a generator, 50 real images" for n in (60, 30)]
    for n, rows in zip((60, 30), tables.values(), strict=True):
        ours, theirs = rows
        assert (ours["contestant"], theirs["contestant"]) == ("ganzoo", script.BASE)
        assert ours["equal"] is True
        assert ours["differs by"] < 1e-6
        assert ours["fid"] > 0.1 and ours["is"] > 1.01
        assert ours["seconds"]["n"] == ours["wall seconds"]["n"] == ours["CPU seconds"]["n"] == 2
        assert ours["images/s"] == n / ours["seconds"]["median"]
        assert theirs[f"x {script.BASE}"]["median"] == 1


def test_a_peer_that_is_absent_or_broken_is_told_of(script, setting, monkeypatch):
    def broken(given):
        raise TypeError("sqrtm() got an unexpected keyword argument")

    def breaking(given):
        return lambda n: {}["later"]

    monkeypatch.setitem(script.PEERS, "torchmetrics", breaking)
    monkeypatch.setitem(script.PEERS, "pytorch-fid", broken)
    monkeypatch.setattr("judges.version_of", lambda distribution: None)
    chosen = Namespace(samples=[30], peers=list(script.PEERS), rounds=2, threads=1)
    (rows,) = script.end_to_end(setting, chosen).values()
    assert rows[0]["contestant"] == "ganzoo"
    assert f"x {script.BASE}" not in rows[0]
    assert {row["contestant"]: row["note"] for row in rows[1:]} == {
        script.BASE: "torch-fidelity is not installed",
        "pytorch-fid": "fails: TypeError: sqrtm() got an unexpected keyword argument",
        "torchmetrics": "fails: KeyError: 'later'",
    }


@pytest.mark.slow
def test_numbers_that_differ_are_not_called_equal(script):
    runs = {script.BASE: lambda: {"fid": 2.0, "is": 3.0}, "near": lambda: {"fid": 2.00001}, "far": lambda: {"is": 3.1}}
    rows = script.raced(runs, {}, device="cpu", threads=1, rounds=1, notes={})
    assert {row["contestant"]: row["equal"] for row in rows} == {script.BASE: True, "near": True, "far": False}
    (row,) = script.raced({"far": runs["far"]}, {}, device="cpu", threads=1, rounds=1, notes={"far": "another resize"})
    assert row["note"] == "another resize"
    assert "equal" not in row


@pytest.mark.parametrize(("n", "ours"), [(200, ["ganzoo", "ganzoo, real factor kept"]), (30, ["ganzoo, rows kept"])])
def test_the_frechet_step_is_the_same_by_all_ways(script, n, ours):
    rows = script.steps(n, 40, Namespace(device="cpu", threads=1, rounds=1))
    assert [row["contestant"] for row in rows] == [*ours, script.BASE, "scipy sqrtm"]
    assert all(row["equal"] for row in rows if row["contestant"] in ours)
    assert rows[0]["fid"] > 0.01
    assert ("note" in rows[-1]) == (n == 30)


def test_the_weights_are_of_inceptions_layout(script, tmp_path, monkeypatch):
    monkeypatch.setattr(torch, "randn", lambda shape, generator: torch.zeros(()).expand(shape))
    state = torch.load(script.random_inception(tmp_path / "random.pth"), weights_only=True)
    assert len(state) == 566
    assert state["fc.weight"].shape == (1008, 2048)
    assert float(state["Mixed_5b.branch1x1.bn.running_var"].min()) == 1


def test_the_record_says_how_it_was_made_and_unequal_numbers_end_in_failure(script, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(script, "random_inception", lambda path: path)
    monkeypatch.setattr(
        script, "end_to_end", lambda setting, chosen: {"judging": [{"contestant": "us", "equal": False}]}
    )
    monkeypatch.setattr(script, "steps", lambda n, width, chosen: [{"contestant": "us", "equal": True}])
    out = tmp_path / "evaluation.json"
    assert script.main(["--device", "cpu", "--rounds", "2", "--samples", "30", "--out", str(out)]) == 1
    record = json.loads(out.read_text())
    assert record["command"].startswith("python benchmarks/evaluation.py --device cpu")
    assert record["protocol"]["samples"] == [30]
    assert {"torch", "threads", "commit", "torchmetrics", "scipy"} <= set(record["environment"])
    assert "| us" in capsys.readouterr().out
    monkeypatch.setattr(script, "end_to_end", lambda setting, chosen: {})
    assert script.main(["--device", "cpu", "--samples"]) == 0
