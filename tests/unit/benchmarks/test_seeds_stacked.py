"""The step of stacked seeds is that of each seed."""

import importlib
import json

import pytest
import torch
from repository import ROOT

from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo

GAMES = ("mixtures", "ns-gan-short", "pacgan4-short", "mlp-lsgan")
NARROW = ("generator.width=8", "discriminator.width=8", "schedule.batch=8")


@pytest.fixture
def stacked(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("seeds_stacked")


@pytest.fixture
def double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("name", GAMES)
def test_in_double_precision_stacked_seeds_move_as_each_does(stacked, double, name):
    registry = load_zoo(third_party=False).registry
    played = stacked.PLAYED[name]
    recipe = resolve(registry, played.recipe, (*played.overrides, *NARROW))
    seeds = stacked.Seeds(played, recipe, registry, 3)
    before = [weight.detach().clone() for weight in seeds.all.weights["G"]]
    assert seeds.distance() == 0
    for _ in range(4):
        seeds.apart()
        seeds.all.step()
    assert seeds.distance() < 1e-7  # Adam divides gradients that are 0 but for rounding by eps, 1e-8
    assert all(not torch.equal(a, b) for a, b in zip(before, seeds.all.weights["G"], strict=True))


def test_the_record_has_a_row_for_each_number_of_seeds(stacked, tmp_path, monkeypatch):
    monkeypatch.setattr(stacked, "ROWS", 16)
    words = ["mlp-lsgan", "--device", "cpu", "--seeds", "1", "2", "--rounds", "1", "--steps", "1"]
    stacked.main([*words, "--out", str(tmp_path / "made.json")])
    rows = json.loads((tmp_path / "made.json").read_text())["tables"]["mlp-lsgan"]
    assert [row["seeds"] for row in rows] == [1, 2]
    assert all(row["ms_stacked"]["median"] > 0 and row["weights_apart"] < 1e-3 for row in rows)


def test_a_game_that_there_is_not_is_told(stacked, capsys):
    with pytest.raises(SystemExit):
        stacked.main(["mlp", "--device", "cpu"])
    assert "there is no game 'mlp'; there are mixtures, ns-gan-short" in capsys.readouterr().err
