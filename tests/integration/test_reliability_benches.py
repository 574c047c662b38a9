"""The least shares of the counts of starts, of many runs and of the clock."""

import pytest

from benchmarks.reliability.counts import many_runs
from benchmarks.reliability.frame import load

KINDS = {
    "starts": {"on one folder", "the folder afterwards", "on one empty cache"},
    "many_runs": {"runs that are done", "memory", "files", "processes"},
    "clock": {"between two processes of a run", "while a run plays", "while a run of three seconds plays"},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_every_attempt_of_a_small_share_holds(name, tmp_path):
    tally = load(name).count(0.01, tmp_path)
    assert tally.fell == []
    assert tally.kinds.keys() == KINDS[name] and tally.held == tally.tried >= len(KINDS[name])


def test_growth_of_any_kind_falls(tmp_path, monkeypatch):
    """A process that keeps a file, a process and a megabyte of each run that has ended."""
    looks = [many_runs.Look(ended, 100_000_000 + 1_000_000 * ended, 10 + ended, 2 + ended) for ended in range(9)]
    monkeypatch.setattr(many_runs, "start", Ended)
    monkeypatch.setattr(many_runs, "_watched", lambda process, bench: looks)
    tally = many_runs.count(0.01, tmp_path)
    assert [line.partition(":")[0] for line in tally.fell] == ["runs that are done", "memory", "files", "processes"]


class Ended:
    """A process that has said what there was to say."""

    returncode = 1

    def __init__(self, *given):
        pass

    def communicate(self):
        return "", "no luck"
