"""The script that tries every recipe at a track: what it plays, what it leaves, and what it says."""

import json
from types import SimpleNamespace

import pytest

from benchmarks.speedrun import all_recipes
from ganzoo.bench.results.speedrun_file import SPEEDRUN, digest_of
from ganzoo.bench.speedrun.track import load_track
from ganzoo.bench.speedrun.trying import terms_of


def told(recipe, seeds, cpu):
    """A try whose seeds took so many seconds of the CPU; None for one that missed the goals."""
    at = None if cpu is None else {"kimg": 10.0, "seconds": cpu, "cpu_seconds": cpu, "interval": 10.0}
    looks = [{"kimg": 10.0, "metrics": {"fid": 7.5}}]
    content = {
        "schema": 1,
        "track": terms_of(load_track("digits-5")).to_json(),
        "recipe": recipe,
        "text": "",
        "data": {"name": "digits", "n": 1797},
        "judge": {},
        "environment": {"kind": "cpu"},
        "hardware": "cpu-1-thread",
        "kimg": 400,
        "asked": 1,
        "seeds": [{"seed": s, "status": "done", "evaluations": looks, "reached": at} for s in seeds],
        "seconds": cpu,
        "cpu_seconds": cpu,
    }
    return content | {"digest": digest_of(content)}


@pytest.fixture
def played(monkeypatch):
    """The tries that were played, by a program that takes 2 s for quick, 50 s for slow, and misses for never."""
    seen = []

    def run(words, **how):
        _, recipe, seeds, out = (words[words.index("speedrun") + i] for i in (1, 2, 4, 6))
        seen.append((recipe, seeds))
        if recipe == "refused":
            return SimpleNamespace(returncode=2, stderr="Warning: x\nError: recipe 'refused' enters no speedrun\n")
        listed = [int(seed) for seed in seeds.split(",") if seed]
        folder = all_recipes.Path(out)
        folder.mkdir(parents=True, exist_ok=True)
        cpu = {"quick": 2.0, "slow": 50.0, "never": None}[recipe]
        (folder / SPEEDRUN).write_text(json.dumps(told(recipe, listed, cpu)))
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(all_recipes.subprocess, "run", run)
    return seen


def test_the_quick_ones_are_played_with_all_seeds_and_what_ended_is_not_repeated(played, tmp_path, capsys):
    words = ["digits-5", "quick", "slow", "never", "refused", "--out", str(tmp_path)]
    assert all_recipes.main(words) == 0
    assert played == [("quick", "0,"), ("slow", "0,"), ("never", "0,"), ("refused", "0,")]
    assert capsys.readouterr().out.splitlines() == [
        "quick: 2 with 1 seed",
        "slow: 50 with 1 seed",
        "never: not reached with 1 seed in 400 kimg; at the end of the first fid 7.5",
        "refused: recipe 'refused' enters no speedrun",
    ]
    played.clear()
    assert all_recipes.main([*words, "--within", "10"]) == 0
    assert [one for one in played if one[0] != "refused"] == [("quick", "0,1,2,3,4")]
    assert capsys.readouterr().out.splitlines()[-1] == "quick: 2 with 5 seeds"


def test_no_try_begins_when_the_time_is_over(played, tmp_path):
    assert all_recipes.main(["digits-5", "quick", "--out", str(tmp_path), "--minutes", "0"]) == 0
    assert played == []
