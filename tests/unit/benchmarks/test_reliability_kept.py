"""Smaller counts of what a run keeps: damaged, lacking a part, and of an older format."""

import pytest

from benchmarks.reliability.counts import flips, kills, old_formats, parts
from ganzoo.training.checkpoints import state


def held(tally):
    assert tally.fell == [] and tally.held == tally.tried
    return tally.kinds


def test_whole_two_hundred_kills_are_counted_at_a_share_of_one():
    assert len(kills.TURNS) * sum(kills.KILLS.values()) + kills.OF_A_REPORT == 200


def test_damaged(tmp_path):
    found = held(flips.count(0.05, tmp_path))
    assert {kind: tried for kind, (tried, _) in found.items()} == {
        "a flipped bit": 20,
        "a cut": 2,
        "a tail of zeros": 2,
    }


def test_lacking_a_part(tmp_path):
    assert held(parts.count(1.0, tmp_path))["taken out, with its list"] == (19, 19)
    assert len(parts.TENSORS) == 12


def test_a_part_that_nothing_demands_would_fall(tmp_path, monkeypatch):
    """The count can fail: of what no checkpoint needs."""
    monkeypatch.setattr(parts, "TENSORS", {"nothing": "none.such"})
    tally = parts.count(0.001, tmp_path)
    assert tally.held == 0 and "it was gone on from" in tally.fell[0]


def test_of_an_older_format(tmp_path):
    assert len(held(old_formats.count(1.0, tmp_path))) == 10


def test_of_an_older_version(tmp_path, monkeypatch):
    """A release makes this of every bench that there is."""
    for module in ("ganzoo", "ganzoo.bench.results.run_files.spec", "ganzoo.bench.results.held_run"):
        monkeypatch.setattr(f"{module}.__version__", "99.0.0")
    assert len(held(old_formats.count(1.0, tmp_path))) == 10


@pytest.mark.parametrize("lost", ["optimizers", "dropout's stream"])
def test_a_part_of_an_older_state_that_is_not_taken_up_would_fall(lost, tmp_path, monkeypatch):
    """The count can fail, whatever torch's version."""
    if lost == "optimizers":
        monkeypatch.setattr(state, "load_optimizer_state", lambda *_: None)
    else:
        monkeypatch.setattr(state.torch, "set_rng_state", lambda _: None)
    (fell,) = old_formats.count(1.0, tmp_path).fell
    assert "its stopped run goes on: it came out otherwise" in fell
