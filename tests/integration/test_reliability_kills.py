"""A smaller count of kills: one in a step, and one in each kind of write."""

from benchmarks.reliability.counts import kills


def test_killed_runs_and_benches_come_out_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(kills, "TURNS", {"dcgan": 16})
    tally = kills.count(0.001, tmp_path)
    assert tally.fell == [] and tally.held == tally.tried
    assert {kind.removeprefix("dcgan, "): tried for kind, (tried, _) in tally.kinds.items()} == {
        **dict.fromkeys(kills.KILLS, 1),
        "in the results' and the report's write": 1,
    }
