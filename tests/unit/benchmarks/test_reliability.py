"""The frame of the reliability counts: attempts are counted, told, and written down."""

import json

import pytest

from benchmarks.reliability import __main__ as command
from benchmarks.reliability.frame import Count, Tally, load, names, part_of
from benchmarks.reliability.record import read_all


def two_of_three(share, folder):
    """Three attempts of two kinds; the last falls."""
    assert share == 0.5 and list(folder.iterdir()) == []
    tally = Tally(measured={"growth of memory in MB": 1.25})
    tally.add("in a step", True)
    tally.add("in a write", True)
    tally.add("in a write", False, "no checkpoint is left")
    return tally


@pytest.fixture
def kills(monkeypatch):
    monkeypatch.setattr(command, "names", lambda: ["kills"])
    monkeypatch.setattr(command, "load", lambda name: Count(name, "a kill loses nothing", two_of_three))


def test_a_count_is_told_and_written(kills, tmp_path, capsys):
    assert command.main(["kills", "--share", "0.5", "--write"], tmp_path) == 1
    said = capsys.readouterr().out
    assert "1 of       2  in a write" in said and "fell: in a write: no checkpoint is left" in said
    (record,) = read_all(tmp_path)
    assert (record.tried, record.held, record.share) == (3, 2, 0.5)
    assert record.kinds == {"in a step": (1, 1), "in a write": (2, 1)}
    written = json.loads((tmp_path / "benchmarks/results/reliability/kills.json").read_text())
    assert written["measured"] == {"growth of memory in MB": 1.25} and written["environment"]["torch"]


def test_nothing_is_written_unless_asked_for(kills, tmp_path):
    command.main(["--share", "0.5", "--folder", str(tmp_path / "kept")], tmp_path)
    assert read_all(tmp_path) == [] and (tmp_path / "kept" / "kills").is_dir()


@pytest.mark.parametrize("arguments", [["nothing"], ["--share", "0"], ["--share", "1.5"]])
def test_bad_input_is_refused(kills, arguments, tmp_path):
    with pytest.raises(SystemExit) as stop:
        command.main(arguments, tmp_path)
    assert stop.value.code == 2


def test_a_share_makes_one_attempt_at_the_least():
    assert [part_of(200, share) for share in (1, 0.05, 0.001)] == [200, 10, 1]


@pytest.mark.parametrize("name", names())
def test_each_count_has_a_claim(name):
    """A claim is one sentence in its module's first line."""
    assert 20 < len(load(name).claim) <= 120
