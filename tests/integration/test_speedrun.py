"""`ganzoo speedrun` as a person uses it, on a track that takes seconds."""

import json

import pytest
from small_benches import ganzoo_here

from ganzoo.bench.results.bench_files.speedrun_file import read_try

TRACK = "summary: any\ndata: digits\nextractor: digits\ngoals: [fid <= {bound}]\nsamples: 64\nkimg: 1\nevaluations: 2\n"
SMALL = ["-o", "generator.width=8", "-o", "discriminator.width=8", "-o", "schedule.batch=32"]


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """A try of two seeds at a goal that any recipe meets; gives its folder and what it printed."""
    here = tmp_path_factory.mktemp("here")
    (here / "easy.yaml").write_text(TRACK.format(bound=100_000))
    words = ["speedrun", "easy.yaml", "mlp-lsgan", "--seeds", "2", "--device", "cpu", "--out", "out", *SMALL]
    return here, ganzoo_here(*words, cwd=here), words


def test_a_try_from_end_to_end(tried):
    here, done, _ = tried
    found = read_try(here / "out/speedrun-try.json")
    assert found.command.startswith("ganzoo") and found.recipe == "mlp-lsgan" and "width: 8" in found.text
    assert (found.track.name, found.hardware, found.kimg, found.asked) == ("easy", "cpu-1-thread", 1, 2)
    assert found.data.name == "digits" and found.judge.extractor == "digits" and found.environment.torch
    for seed, one in enumerate(found.seeds):
        assert one.status == "reached"
        result = json.loads((here / f"out/mlp-lsgan/seed{seed}/result.json").read_text())
        assert (one.seed, one.key, one.result) == (seed, result["key"], result["digests"]["result"])
        (first,) = result["evaluations"]  # of two
        assert (result["status"], result["metrics"]) == ("reached", None) and result["kimg"] == first["kimg"] < 1
        assert result["reason"].startswith("fid <= 100000 after 0.5") and result["reason"].endswith("budget is 1 kimg")
        assert first["timed_kimg"] == pytest.approx(first["kimg"] - 3 * 32 / 1000)  # three steps of 32 images warm up
        share = first["kimg"] / first["timed_kimg"]
        assert one.reached.kimg == one.reached.interval == first["kimg"]
        assert one.reached.seconds == pytest.approx(first["seconds"] * share, abs=1e-3)
        assert one.reached.cpu_seconds == pytest.approx(first["cpu_seconds"] * share, abs=1e-3)
        assert first["cpu_seconds"] > 0
    said = done.stdout.splitlines()[-1]
    assert said.startswith("reached: fid <= 100000 in ") and "it was played with the seeds 0, 1" in said
    assert "speedrun-try.json" in done.stderr


def test_it_goes_on_where_it_was_and_prints_the_try_as_json(tried):
    here, _, words = tried
    done = ganzoo_here(*words, "--json", "--quiet", cwd=here)
    before, after = read_try(here / "out/speedrun-try.json"), json.loads(done.stdout)
    assert [run["result"] for run in after["seeds"]] == [run.result for run in before.seeds]  # played once


def test_a_run_that_was_stopped_after_it_reached_ends_where_it_was(tried):
    here, _, words = tried
    path = here / "out/mlp-lsgan/seed1/result.json"
    before = json.loads(path.read_text())
    path.unlink()
    ganzoo_here(*words, "--quiet", cwd=here)
    after = json.loads(path.read_text())
    assert [after[key] for key in ("status", "reason", "kimg", "evaluations")] == [
        before[key] for key in ("status", "reason", "kimg", "evaluations")
    ]


def test_no_table_takes_a_run_that_ended_at_its_goals_for_a_whole_one(tried):
    here, _, _ = tried
    table = ganzoo_here("leaderboard", "out", cwd=here, check=False).stdout
    assert "mlp-lsgan, seed 0: reached: fid <= 100000 after 0.5" in table, table
    rules = ganzoo_here("leaderboard", "--submit-check", "out", cwd=here, check=False).stdout
    assert "ended at the goals of a speedrun, before the end of their budget" in " ".join(rules.split())
    assert "0 generators evaluated again" in " ".join(rules.split())


def test_goals_that_are_met_at_the_end_of_the_budget_leave_a_whole_run(tmp_path):
    (tmp_path / "easy.yaml").write_text(TRACK.format(bound=100_000))
    words = ["--seeds", "1", "--budget", "0.2kimg", "--evaluations", "1", "--device", "cpu", "--out", "out", *SMALL]
    done = ganzoo_here("speedrun", "easy.yaml", "mlp-lsgan", *words, cwd=tmp_path)
    result = json.loads((tmp_path / "out/mlp-lsgan/seed0/result.json").read_text())
    assert result["status"] == "done" and result["metrics"]["fid"] == result["evaluations"][-1]["metrics"]["fid"]
    assert len(result["evaluations"]) == 1 and done.stdout.splitlines()[-1].startswith("reached: fid <= 100000")


def test_goals_that_are_met_in_the_warm_up_are_met_at_the_next_evaluation_that_is_timed(tmp_path):
    (tmp_path / "easy.yaml").write_text(TRACK.format(bound=100_000).replace("evaluations: 2", "evaluations: 30"))
    words = ["--seeds", "1", "--budget", "0.96kimg", "--device", "cpu", "--out", "out", *SMALL]
    done = ganzoo_here("speedrun", "easy.yaml", "mlp-lsgan", *words, cwd=tmp_path)
    (run,) = read_try(tmp_path / "out/speedrun-try.json").seeds
    assert [bool(look.timed_kimg) for look in run.evaluations] == [False] * 3 + [True], "a step of 32 images each"
    assert run.reached.kimg == 4 * 0.032 and done.stdout.splitlines()[-1].startswith("reached: fid <= 100000")


def test_goals_that_are_missed_are_told_with_the_best_value(tmp_path):
    (tmp_path / "hard.yaml").write_text(TRACK.format(bound=0.01))
    words = ["--seeds", "1", "--budget", "0.5kimg", "--evaluations", "1", "--device", "cpu", "--out", "out", *SMALL]
    done = ganzoo_here("speedrun", "hard.yaml", "mlp-lsgan", *words, cwd=tmp_path, check=False)
    assert done.returncode == 1 and "not reached, best fid " in done.stdout
    said = "not reached: no evaluation of seed 0 of 1 within 0.5 kimg met fid <= 0.01"
    assert said in done.stdout.splitlines()


def test_without_arguments_the_tracks_are_listed(tmp_path):
    done = ganzoo_here("speedrun", cwd=tmp_path)
    assert "digits-5" in done.stdout and "fid <= 5" in done.stdout
    told = json.loads(ganzoo_here("speedrun", "--json", cwd=tmp_path).stdout)
    assert {"digits-5", "grid-25"} <= {one["name"] for one in told["tracks"]}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["digit-5", "dcgan"], "did you mean 'digits-5'?"),
        (["digits-5"], "name a recipe, too"),
        (["digits-5", "dcgan", "--budget", "500kimg"], "400kimg at most"),
        (["digits-5", "projected-gan"], "enters no speedrun: its discriminator 'projected'"),
        (["digits-5", "dcgan", "--budget", "soon"], "budget 'soon' is not understood"),
        (["digits-5", "dcgan", "--seeds", "x"], "seeds 'x' are not understood"),
        (["digits-5", "dcgn"], "did you mean 'dcgan'?"),
        (["digits-5", "mixtures"], "such as --data grid, or take generator.scale=1 (track 'digits-5' decides --data)"),
        (["grid-25", "dcgan"], "the data are points"),
        (["digits-5", "no/such.yaml"], "no/such.yaml: cannot be read"),
    ],
)
def test_a_try_that_cannot_be_is_refused_in_one_sentence(tmp_path, words, said):
    done = ganzoo_here("speedrun", *words, cwd=tmp_path, check=False)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()
