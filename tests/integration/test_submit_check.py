"""``ganzoo leaderboard --submit-check``: each rule for the results of others, kept and broken."""

import json
import shlex
import shutil

import pytest
from small_benches import SMALL, ganzoo_here

from ganzoo.bench.results.run_files.seal import digest_of

SHORT = ("--budget", "1kimg", "--evaluations", "1", "--samples", "64", "--replicates", "2", "--examine", "none")
SHORT += ("--device", "cpu", "--threads", "1", *(word for change in SMALL for word in ("-o", change)))


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("submitted")
    asked = ("bench", "dcgan", "--seeds", "5", *SHORT, "--out", "theirs")
    ganzoo_here(*asked, cwd=folder)
    for name in ("results.json", "bench.json"):  # where it is that of pytest
        change(folder / "theirs", lambda told: told.update(command=shlex.join(["ganzoo", *asked])), name)
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


def change(folder, edit, name="results.json"):
    path = folder / name
    results = json.loads(path.read_text())
    edit(results)
    path.write_text(json.dumps(results))


def test_a_bench_of_five_seeds_that_holds_is_accepted(theirs):
    code, rules = checked(theirs)
    assert code == 0, rules
    assert list(rules) == ["seeds", "runs", "numbers", "command", "recipes", "files", "audit"]
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


def of_another(results):
    """Let the bench look like one of another recipe."""
    about = results["recipes"]["dcgan"]
    about["text"] = about["text"].replace("loss: non-saturating", "loss: hinge")


EDITS = {
    "the recipe's text": (of_another, "differ in recipes", "another recipe than run.json"),
    "no text": (lambda told: told["recipes"]["dcgan"].update(text=None), "differ in recipes", ""),
    "the direction": (lambda told: told["columns"][0].update(better="higher"), "columns", "better of fid higher, and"),
    "the label": (lambda told: told["columns"][0].update(label="FID"), "columns", "the label of fid FID, and it is FD"),
    "the floor": (lambda told: told["floor"].update(fid=50.0), "floor", "the floor of fid is "),
    "the real data": (lambda told: told["real"].update({"is": 9.9}), "real", "the value of the real data of is is "),
    "the data": (lambda told: told["dataset"].update(name="mnist", n=60_000), "dataset", "another data than run.json"),
    "the track": (lambda told: told.update(track="controlled", backbone="dcgan"), "track, backbone", ""),
    "the command": (lambda told: told.update(command="ganzoo bench other"), "command", ""),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_results_say_beside_the_runs_is_that_of_the_other_files(theirs, name):
    edit, of_bench, of_runs = EDITS[name]
    change(theirs, edit)
    code, rules = checked(theirs)
    assert code == 1
    assert not rules["files"]["held"] and of_bench in rules["files"]["said"]
    assert of_runs in rules["audit"]["said"] and rules["audit"]["held"] == (not of_runs)
    assert ("does not tell how dcgan was played" in rules["recipes"]["said"]) == (name == "no text")


def test_edits_of_both_files_of_a_bench_are_found_in_those_of_its_runs(theirs):
    for name in ("the recipe's text", "the direction", "the floor", "the data"):
        for file in ("results.json", "bench.json"):
            change(theirs, EDITS[name][0], file)
    _, rules = checked(theirs)
    said = rules["audit"]["said"]
    assert rules["files"]["held"] and all(EDITS[name][2] in said for name in ("the recipe's text", "the data"))


def test_a_seed_that_lies_there_cannot_be_left_out(theirs):
    shutil.copytree(theirs / "dcgan/seed4", theirs / "dcgan/seed5")
    code, rules = checked(theirs)
    assert code == 1 and rules["files"]["said"] == "results.json leaves out dcgan/seed5, which the folder holds"
    shutil.rmtree(theirs / "dcgan/seed5")
    (theirs / "bench.json").unlink()
    assert "bench.json is gone" in checked(theirs)[1]["files"]["said"]
    (theirs / "bench.json").write_text("{")
    rules = checked(theirs)[1]
    assert "bench.json" in rules["files"]["said"] and rules["audit"]["held"], "the others are looked at all the same"


def test_a_finished_run_is_not_passed_off_as_one_that_fell(theirs):
    path = theirs / "dcgan/seed2/result.json"
    own = json.loads(path.read_text())

    def fall(result):
        result.update(status="diverged", reason="the losses became NaN", metrics=None, spreads=None)
        for late in ("examinations", "verdicts", "pictures", "best"):
            result.pop(late, None)
        result["digests"].pop("state", None)
        result["digests"]["result"] = digest_of(result)

    fall(own)
    path.write_text(json.dumps(own))
    change(theirs, lambda told: fall(told["runs"][2]))
    code, rules = checked(theirs)
    assert code == 1
    assert "the last checkpoint is of a run that ended well, and result.json says diverged" in rules["audit"]["said"]


def test_one_bench_at_a_time(tmp_path):
    for more in (("runs",), ("--format", "md")):
        done = ganzoo_here("leaderboard", "--submit-check", "x", *more, cwd=tmp_path, check=False)
        assert done.returncode == 2
    done = ganzoo_here("leaderboard", "--submit-check", "x", cwd=tmp_path, check=False)
    assert done.returncode == 2 and "there is no x" in done.stderr
