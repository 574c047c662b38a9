"""``ganzoo leaderboard --submit-check``: each rule for the results of others, kept and broken."""

import json
import shlex
import shutil

import pytest
from small_benches import SMALL, ganzoo_here

SHORT = ("--budget", "1kimg", "--evaluations", "1", "--samples", "64", "--replicates", "2", "--examine", "none")
SHORT += ("--device", "cpu", "--threads", "1", *(word for change in SMALL for word in ("-o", change)))


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("submitted")
    asked = ("bench", "dcgan", "--seeds", "5", *SHORT, "--out", "theirs")
    ganzoo_here(*asked, cwd=folder)
    change(folder / "theirs", lambda told: told.update(command=shlex.join(["ganzoo", *asked])))  # it is that of pytest
    return folder / "theirs"


@pytest.fixture
def theirs(played, tmp_path):
    return shutil.copytree(played, tmp_path / "theirs")


def checked(folder):
    """The exit code, and the rules by name."""
    asked = ("leaderboard", "--submit-check", str(folder), "--format", "json")
    done = ganzoo_here(*asked, cwd=folder, check=False)
    told = json.loads(done.stdout)
    assert told["accepted"] == (done.returncode == 0) == all(rule["held"] for rule in told["rules"])
    return done.returncode, {rule["name"]: rule for rule in told["rules"]}


def change(folder, edit):
    path = folder / "results.json"
    results = json.loads(path.read_text())
    edit(results)
    path.write_text(json.dumps(results))


def test_a_bench_of_five_seeds_that_holds_is_accepted(theirs):
    code, rules = checked(theirs)
    assert code == 0, rules
    assert list(rules) == ["seeds", "runs", "numbers", "command", "recipes", "audit"]
    assert rules["audit"]["said"] == "5 runs hold, 5 generators evaluated again"
    told = ganzoo_here("leaderboard", "--submit-check", str(theirs), cwd=theirs).stdout
    assert "kept" in told and "not kept" not in told


def test_each_broken_rule_is_named(theirs):
    def edit(results):
        results["runs"] = [run for run in results["runs"] if run["seed"] != 3]
        results["seeds"] = [0, 1, 2, 3]
        results["floor"] = {}
        results["command"] = "ganzoo bench dcgan --data /home/me/images"
        about = results["recipes"]["dcgan"]
        about["text"] = about["text"].replace("loss: non-saturating", "loss: hinge")
        results["runs"][0]["metrics"]["fid"] = 0.1

    change(theirs, edit)
    code, rules = checked(theirs)
    assert code == 1
    assert {name for name, rule in rules.items() if not rule["held"]} == set(rules)
    assert rules["seeds"]["said"] == "4 seeds, and it takes 5: --seeds 5"
    assert rules["runs"]["said"] == "dcgan, seed 0, has no end; dcgan, seed 3, has no end", "0 is altered"
    assert "no floor" in rules["numbers"]["said"]
    assert "names a folder of one machine" in rules["command"]["said"]
    assert "dcgan plays otherwise now" in rules["recipes"]["said"]
    assert "dcgan, seed 0: does not hold" in rules["audit"]["said"]


def test_chosen_seeds_and_runs_without_checkpoints_are_refused(theirs):
    change(theirs, lambda results: results.update(seeds=[0, 1, 2, 4, 7]))
    shutil.rmtree(theirs / "dcgan" / "seed1" / "checkpoints")
    code, rules = checked(theirs)
    assert code == 1
    assert "the seeds are 0, 1, 2, 4, 7, and have to be 0 to 4" in rules["seeds"]["said"]
    assert "dcgan, seed 1: holds in part" in rules["audit"]["said"]
    assert "not evaluated again: there is no checkpoint" in rules["audit"]["said"]


def test_one_bench_at_a_time(tmp_path):
    for more in (("runs",), ("--format", "md")):
        done = ganzoo_here("leaderboard", "--submit-check", "x", *more, cwd=tmp_path, check=False)
        assert done.returncode == 2
    done = ganzoo_here("leaderboard", "--submit-check", "x", cwd=tmp_path, check=False)
    assert done.returncode == 2 and "there is no x" in done.stderr
