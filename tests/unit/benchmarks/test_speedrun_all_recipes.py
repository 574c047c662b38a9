"""The script that tries every recipe at a track: what it plays, what it leaves, and what it says."""

import json
from types import SimpleNamespace

import pytest

from benchmarks.speedrun import all_recipes, tally
from docs.generate.speedrun import speedrun_page
from docs.generate.speedrun_recipes import speedrun_recipe_pages
from ganzoo.bench.results.bench_files.speedrun_file import SPEEDRUN, SeedTry, SpeedrunTry, digest_of
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
        "environment": {"kind": "cpu", "commit": "abc"},
        "hardware": "cpu-1-thread",
        "kimg": 400,
        "asked": 40,
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
        "2 of 4 recipes reached fid <= 5 within 400 kimg, 1 did not, and 1 cannot be played on these data or enter no "
        "speedrun.",
    ]
    played.clear()
    assert all_recipes.main([*words, "--within", "10"]) == 0
    assert [one for one in played if one[0] != "refused"] == [("quick", "0,1,2,3,4")]
    assert capsys.readouterr().out.splitlines()[-2] == "quick: 2 with 5 seeds"


def test_the_record_has_a_row_for_each_recipe_the_quickest_first(played, tmp_path, monkeypatch):
    names = [SimpleNamespace(name=name) for name in ("refused", "never", "slow", "quick")]
    registry = SimpleNamespace(all=lambda kind: names)
    monkeypatch.setattr(all_recipes, "load_zoo", lambda **how: SimpleNamespace(registry=registry))
    assert all_recipes.main(["digits-5", "--out", str(tmp_path / "out"), "--record"], tmp_path) == 0
    record = json.loads((tmp_path / "out/speedrun-digits-5.json").read_text())
    assert [(row["recipe"], row["became"]) for row in record["rows"]] == [
        ("quick", "reached"),
        ("slow", "reached"),
        ("never", "not reached"),
        ("refused", "refused"),
    ]
    quick, _, never, refused = record["rows"]
    assert (quick["CPU s"], quick["kimg"], quick["coarse by kimg"], quick["seeds"]) == (2.0, 10.0, 10.0, [0])
    assert never["best"] == {"fid": 7.5} and never["CPU s"] is None
    assert refused["why"] == "recipe 'refused' enters no speedrun"
    assert record["protocol"]["kimg"] == 400 and record["commits"] == ["abc"] and "unfinished" not in record
    kept = tmp_path / "benchmarks/results/cpu/speedrun-digits-5.json"
    assert json.loads(kept.read_text()) == record
    assert "| quick " in kept.with_suffix(".md").read_text()
    pages = speedrun_recipe_pages(tmp_path)
    (text,) = pages.values()
    assert list(pages) == ["docs/results/speedrun-digits-5.md"]
    assert "| `quick` | 2 |" in text and "best" in text
    assert "[All bundled recipes, cpu](speedrun-digits-5.md)" in speedrun_page(tmp_path)


def test_variants_are_played_with_so_many_seeds(played, tmp_path, capsys):
    words = ["digits-5", "quick", "never", "--seeds", "3", "--out", str(tmp_path)]
    assert all_recipes.main([*words, "--within", "10"]) == 0
    assert played == [("quick", "0,1,2"), ("never", "0,1,2"), ("quick", "0,1,2,3,4")]


def test_a_try_that_cannot_go_on_leaves_the_one_before(played, tmp_path, monkeypatch, capsys):
    assert all_recipes.main(["digits-5", "quick", "--out", str(tmp_path)]) == 0
    other = SimpleNamespace(returncode=2, stderr="Error: it holds a run with other settings")
    monkeypatch.setattr(all_recipes.subprocess, "run", lambda words, **how: other)
    assert all_recipes.main(["digits-5", "quick", "--out", str(tmp_path), "--within", "10"]) == 0
    assert "quick: it holds a run with other settings" in capsys.readouterr().out
    (row,) = json.loads((tmp_path / "speedrun-digits-5.json").read_text())["rows"]
    assert (row["became"], row["seeds"]) == ("reached", [0])


@pytest.mark.parametrize(
    ("words", "said"), [(["--seeds", "6"], "1 to 5 seeds"), (["quick", "--record"], "name none of them")]
)
def test_options_that_say_nothing_together_are_refused(played, tmp_path, capsys, words, said):
    with pytest.raises(SystemExit):
        all_recipes.main(["digits-5", *words, "--out", str(tmp_path)])
    assert said in capsys.readouterr().err


def test_a_record_that_is_not_finished_says_so(played, tmp_path, monkeypatch):
    times = iter([0.0, 0.0, 100.0])
    monkeypatch.setattr(all_recipes.time, "monotonic", lambda: next(times))
    assert all_recipes.main(["digits-5", "quick", "slow", "--out", str(tmp_path), "--minutes", "1"]) == 0
    record = json.loads((tmp_path / "speedrun-digits-5.json").read_text())
    assert [row["recipe"] for row in record["rows"]] == ["quick"]
    assert record["unfinished"] == "recipes still to be tried: 1"


def test_a_try_of_other_terms_is_not_taken_for_one_of_these(played, tmp_path, capsys):
    assert all_recipes.main(["digits-5", "quick", "--out", str(tmp_path)]) == 0
    played.clear()
    words = ["digits-5", "quick", "--out", str(tmp_path), "--budget", "100kimg", "--evaluations", "20"]
    assert all_recipes.main(words) == 0
    assert played == [("quick", "0,")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--evaluations", "41"], "--evaluations 41 are more than a run at digits-5 has: 40 at most"),
        (["--budget", "500kimg"], "400kimg at most"),
        (["--budget", "3min"], "a try is as long as images say"),
    ],
)
def test_terms_that_the_track_does_not_allow_are_refused_once(played, tmp_path, capsys, words, said):
    assert all_recipes.main(["digits-5", "--out", str(tmp_path), *words]) == 2
    assert said in capsys.readouterr().err and played == []


def test_a_folder_that_holds_another_try_is_told_by_its_name(tmp_path, monkeypatch, capsys):
    other = SimpleNamespace(returncode=2, stderr="Error: x holds a run; give another --out, or --fresh to replace it\n")
    monkeypatch.setattr(all_recipes.subprocess, "run", lambda words, **how: other)
    monkeypatch.chdir(tmp_path)
    assert all_recipes.main(["digits-5", "quick"]) == 0
    said = "or --fresh to replace it (here: delete runs/speedrun-digits-5/quick)"
    assert capsys.readouterr().out.splitlines()[0].endswith(said)
    assert (tmp_path / "runs/speedrun-digits-5/speedrun-digits-5.json").is_file()


def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(played, tmp_path, capsys):
    (tmp_path / "taken").write_text("")
    assert all_recipes.main(["digits-5", "refused", "--out", str(tmp_path / "taken")]) == 3
    assert capsys.readouterr().err.startswith("cannot write ")


def test_a_try_that_was_stopped_ends_the_script(tmp_path, monkeypatch, capsys):
    stopped = SimpleNamespace(returncode=143, stderr="")
    monkeypatch.setattr(all_recipes.subprocess, "run", lambda words, **how: stopped)
    assert all_recipes.main(["digits-5", "quick", "slow", "--out", str(tmp_path)]) == 130
    assert "the same command goes on" in capsys.readouterr().err


def seed(status, *looks, reached=None):
    evaluations = [
        {"kimg": kimg, "cpu_seconds": cpu, "timed_kimg": kimg - 1, "metrics": {"fid": fid}} for kimg, cpu, fid in looks
    ]
    return SeedTry.model_validate({"seed": 0, "status": status, "evaluations": evaluations, "reached": reached})


def test_best_and_cost_are_medians_over_the_runs():
    track = load_track("digits-5")
    runs = [
        seed("done", (10.0, 9.0, 8.0), (20.0, 19.0, 12.0)),
        seed("done", (10.0, 9.0, 6.0), (20.0, 38.0, 4.0)),
        seed("done", (10.0, 9.0, 7.0), (20.0, 57.0, 30.0)),
        seed("diverged"),
    ]
    assert tally.best_of(runs, track.goals[0]) == 7.0  # of 8, 4 and 7
    assert tally.spent(runs) == 40.0  # 38 s of 19 timed kimg are 40 s of 20
    modes = load_track("grid-25").goals[0]
    assert tally.best_of(runs, modes) is None


def test_a_run_that_diverged_is_named_before_a_missed_goal():
    content = told("mine", [0], None)
    content["seeds"][0] |= {"status": "diverged", "reason": "the losses became NaN", "evaluations": []}
    row = tally.row_of("mine", SpeedrunTry.model_validate(content), load_track("digits-5"))
    assert (row["became"], row["why"], row["best"]) == ("diverged", "the losses became NaN", {"fid": None})
    assert tally.shown(row)["how it ended"] == "diverged: the losses became NaN"


def test_some_seeds_that_reached_are_counted():
    content = told("mine", [0, 1, 2], None)
    content["seeds"][0]["reached"] = {"kimg": 10.0, "seconds": 1.0, "cpu_seconds": 1.0, "interval": 10.0}
    row = tally.row_of("mine", SpeedrunTry.model_validate(content), load_track("digits-5"))
    assert tally.shown(row)["how it ended"] == "1 of 3 seeds reached"


def test_the_command_names_no_folder_of_the_machine():
    assert tally.command(["digits-5", "--out", "/somewhere/else/runs"]).endswith("digits-5 --out runs")


def test_no_try_begins_when_the_time_is_over(played, tmp_path):
    assert all_recipes.main(["digits-5", "quick", "--out", str(tmp_path), "--minutes", "0"]) == 0
    assert played == []
