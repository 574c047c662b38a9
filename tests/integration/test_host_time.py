"""The benchmark of the host's time, on a pretended GPU: two checkouts by turns, each with its own code."""

import json
import re

import pytest
from pretend_gpu import run
from repository import ROOT

pytestmark = pytest.mark.slow


def test_both_checkouts_are_timed(tmp_path):
    there = tmp_path / "there"
    there.mkdir()
    for package in ("ganzoo", "plugins", "configs"):
        (there / package).symlink_to(ROOT / package, target_is_directory=True)
    words = ["gan", "--device", "cuda:0", "--together", "1", "2", "--rounds", "2", "--steps", "8"]
    script = str(ROOT / "benchmarks" / "host_time.py")
    done = run(script, *words, "--against", str(there), "--out", str(tmp_path / "found.json"), finite=True)
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "found.json").read_text())["tables"]["A replayed step"]
    assert [row["together"] for row in rows] == [1, 2]
    for row in rows:
        assert row["us_for_a_step_of_all"]["n"] == row["us_there"]["n"] == row["times_as_fast"]["n"] == 2
        assert row["us_for_a_step_of_all"]["min"] > 0


def test_another_checkout_plays_by_its_own_script_where_it_has_one(tmp_path):
    there = tmp_path / "there"
    (there / "benchmarks").mkdir(parents=True)
    (there / "benchmarks" / "host_time_player.py").write_text('print("{}", flush=True)\ninput()\nprint("no JSON")\n')
    script = str(ROOT / "benchmarks" / "host_time.py")
    done = run(script, "gan", "--device", "cuda:0", "--rounds", "1", "--against", str(there), finite=True)
    assert done.returncode == 1 and "Expecting value: line 1" in done.stderr


def test_another_checkout_has_the_plugins_that_it_names_and_no_others(tmp_path):
    for name in ("ganzoo", "plugins", "configs"):
        (tmp_path / name).symlink_to(ROOT / name, target_is_directory=True)
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "ganzoo-core"\n[project.entry-points.ganzoo]\nlosses = "ganzoo_plugins.losses"\n'
    )
    script = str(ROOT / "benchmarks" / "host_time.py")
    done = run(script, "gan", "--device", "cuda:0", "--rounds", "1", "--against", str(tmp_path), finite=True)
    assert done.returncode == 1 and "no recipe named 'gan'" in done.stderr


def test_code_of_another_place_is_noticed(tmp_path):
    words = [str(tmp_path), "gan", "resident", "1", "cuda:0", "8"]
    done = run(str(ROOT / "benchmarks" / "host_time_player.py"), *words)
    assert done.returncode == 1
    assert re.search(rf"^ganzoo was imported from .+, not from {re.escape(str(tmp_path))}$", done.stderr, re.MULTILINE)
