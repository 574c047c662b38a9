"""`ganzoo bench`, `train`, `eval` and `sample` as a person uses them."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from small_benches import SMALL, environment, ganzoo, ganzoo_here

from ganzoo.cli import cli
from ganzoo.training.checkpoints import checkpoint

SMALLER = [word for key in SMALL for word in ("-o", key)]
QUICK = ["--samples", "64", "--evaluations", "2", "--device", "cpu", "--threads", "1", *SMALLER]


def refused(*words, code=2):
    done = CliRunner().invoke(cli, list(words))
    assert done.exit_code == code, done.output
    assert done.stderr.startswith(("Error: ", "Usage: ")), done.output
    assert "Traceback" not in done.output
    return done.stderr


def states(bench):
    """The digest of each run's newest checkpoint."""
    found = {}
    for run in sorted(bench.glob("*/seed*")):
        newest = checkpoint.checkpoints(run / "checkpoints")[0]
        found[f"{run.parent.name}/{run.name}"] = json.loads((newest / "manifest.json").read_text())["state.safetensors"]
    return found


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """One small bench of two recipes and two seeds; gives its folder, what it printed, and how."""
    here = tmp_path_factory.mktemp("here")
    cache = str(tmp_path_factory.mktemp("cache"))
    words = ["bench", "dcgan", "wgan-gp:loss=hinge", "--seeds", "2", "--budget", "2kimg", *QUICK]
    done = ganzoo(*words, cwd=here, GANZOO_CACHE=cache)
    (folder,) = (here / "runs").iterdir()
    return here, folder, done, words, cache


def test_a_bench_from_end_to_end(bench):
    _, folder, done, words, _ = bench
    results = json.loads((folder / "results.json").read_text())
    assert results["schema"] == 1
    assert results["command"] == "ganzoo " + " ".join(words)
    assert [(r["recipe"], r["seed"], r["status"]) for r in results["runs"]] == [
        (recipe, seed, "done") for recipe in ("dcgan", "wgan-gp:loss=hinge") for seed in (0, 1)
    ]
    assert {c["label"] for c in results["columns"]} == {"FD[digits]", "IS[digits]"}
    assert results["real"].keys() == {"is"} and 9 < results["real"]["is"] < 10
    assert 0 < results["floor"]["fid"] < 2 and results["floor_n"] == 898
    for run in results["runs"]:
        place = folder / run["folder"]
        assert json.loads((place / "result.json").read_text()) == {k: v for k, v in run.items() if k != "folder"}
        assert {
            "run.json",
            "recipe.yaml",
            "environment.json",
            "history.jsonl",
            "metrics.jsonl",
            "checkpoints",
            "samples",
            "log.txt",
        } <= {p.name for p in place.iterdir()}
    assert "dcgan" in done.stdout and "FD[digits]" in done.stdout and "real halves" in done.stdout
    assert "two halves of the real data, 898 each" in " ".join(done.stdout.split())
    assert "\x1b[" not in done.stdout + done.stderr  # no terminal, no escapes
    assert "digits: 1,797 images of 8x8x1 in 10 classes (0: 178, 1: 182, 2: 177, " in done.stderr
    assert "; 4 runs of 2 kimg on cpu" in done.stderr
    dataset = json.loads((folder / "bench.json").read_text())["dataset"]
    assert dataset["counts"][:3] == [178, 182, 177] and sum(dataset["counts"]) == 1797
    assert dataset == results["dataset"] and dataset["left_out"] == []
    assert re.search(r"dcgan seed 1: done, FD\[digits\] [\d.]+, IS\[digits\] [\d.]+", done.stderr)
    report = (folder / "report.html").read_text()
    assert "wgan-gp:loss=hinge" in report and "<svg" in report and "data:image/png;base64," in report


def test_repeating_it_repeats_nothing(bench):
    here, folder, _, words, cache = bench
    before = {p: p.stat().st_mtime_ns for p in folder.glob("*/seed*/result.json")}
    results = json.loads((folder / "results.json").read_text())
    done = ganzoo_here(*words, "--json", cwd=here, GANZOO_CACHE=cache)
    again = json.loads(done.stdout)  # nothing else on stdout
    assert again["runs"] == results["runs"]
    assert "4 of 4 runs had ended before; --fresh starts anew" in done.stderr
    assert before == {p: p.stat().st_mtime_ns for p in folder.glob("*/seed*/result.json")}
    assert [p.name for p in (here / "runs").iterdir()] == [folder.name]


def test_eval_gives_the_numbers_again(bench):
    here, folder, _, _, cache = bench
    result = json.loads((folder / "dcgan/seed1/result.json").read_text())
    done = ganzoo_here("eval", str(folder / "dcgan/seed1"), "--json", cwd=here, GANZOO_CACHE=cache)
    scored = json.loads(done.stdout)
    assert scored["metrics"] == result["metrics"]  # to the last digit
    assert (scored["recipe"], scored["seed"], scored["samples"]) == ("dcgan", 1, 64)
    more = ganzoo_here(
        "eval", str(folder / "dcgan/seed1"), "--samples", "50", "--metrics", "kid,is", cwd=here, GANZOO_CACHE=cache
    )
    assert "50 samples" in more.stdout and "KID[digits]" in more.stdout and "FD[" not in more.stdout


def test_sample_draws_the_runs_own_grid(bench, tmp_path):
    here, folder, _, _, cache = bench
    run = folder / "dcgan/seed0"
    grid = sorted((run / "samples").glob("kimg-*.png"))[-1]
    ganzoo_here("sample", str(run), "--out", str(tmp_path / "a.png"), cwd=here, GANZOO_CACHE=cache)
    assert (tmp_path / "a.png").read_bytes() == grid.read_bytes()
    # the packed data is gone: it is not needed
    ganzoo_here("sample", str(run), "--n", "10", "--seed", "3", "--out", str(tmp_path / "b.png"), cwd=here)
    with Image.open(tmp_path / "a.png") as a, Image.open(tmp_path / "b.png") as b:
        assert b.size[1] < a.size[1]
        assert not np.array_equal(np.asarray(a)[: b.size[1], : b.size[0]], np.asarray(b))


@pytest.fixture
def copied(bench, tmp_path):
    """The bench of its own for a test that changes it: where to go on, its folder, its words and its cache."""
    here, folder, _, words, cache = bench
    return tmp_path, shutil.copytree(folder, tmp_path / folder.relative_to(here)), words, cache


def test_more_seeds_go_into_the_same_folder(copied):
    here, folder, words, cache = copied
    assert words[3:5] == ["--seeds", "2"]
    done = ganzoo_here(*words[:4], "3", *words[5:], cwd=here, GANZOO_CACHE=cache)
    assert "4 of 6 runs had ended before" in done.stderr
    assert [p.name for p in (here / "runs").iterdir()] == [folder.name]
    assert len(json.loads((folder / "results.json").read_text())["runs"]) == 6
    assert "of earlier commands" not in done.stderr


def test_a_command_that_names_fewer_runs_says_which_it_leaves_out(copied):
    here, folder, words, cache = copied
    done = ganzoo_here(*words[:4], "1", *words[5:], cwd=here, GANZOO_CACHE=cache)
    assert "also holds 2 runs of earlier commands (dcgan, wgan-gp+loss=hinge): this command does" in done.stderr
    assert len(json.loads((folder / "results.json").read_text())["runs"]) == 2


def test_another_bench_does_not_overwrite_it(bench):
    here, folder, _, words, cache = bench
    other = [word if word != "2kimg" else "1kimg" for word in words]
    done = ganzoo_here(*other, "--out", str(folder), cwd=here, check=False, GANZOO_CACHE=cache)
    assert done.returncode == 2
    assert "holds a run of 2 kimg, and 1 kimg are asked for; give another --out, or --fresh" in done.stderr
    done = ganzoo_here(
        *words, "-o", "schedule.batch=32", "--out", str(folder), cwd=here, check=False, GANZOO_CACHE=cache
    )
    assert "holds a run with recipe.schedule.batch 16, and it is 32 now; give another --out" in done.stderr
    done = ganzoo_here(*words, "--hold-out", "0.1", "--out", str(folder), cwd=here, check=False, GANZOO_CACHE=cache)
    assert "holds a run on other data; give another --out" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("held", [b"", b'{"schema": 1, "key"', b"[]", b'"key"', b"\xff", b"[" * 100_000, b"9" * 5000])
def test_a_run_whose_settings_cannot_be_read_is_refused_and_kept(tmp_path, held):
    run = tmp_path / "dcgan" / "seed0"
    run.mkdir(parents=True)
    (run / "run.json").write_bytes(held)
    (run / "metrics.jsonl").write_text("{}\n")
    words = ["bench", "dcgan", "--seeds", "1", "--budget", "1kimg", *QUICK, "--out", str(tmp_path)]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 2, done.output
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert str(run / "run.json") in line and "--fresh" in line
    assert str(run / "run.json") in refused("sample", str(run), "--out", str(tmp_path / "grid.png"))
    assert (run / "run.json").read_bytes() == held and (run / "metrics.jsonl").read_text() == "{}\n"


def start(*words, cwd, cache):
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "ganzoo", *words], cwd=cwd, env=environment(GANZOO_CACHE=cache),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def wait_for(process, text):
    while line := process.stderr.readline():
        if text in line:
            return
    pytest.fail(f"ended before it said {text!r}")


def left_in(folder):
    """The processes that work in a folder."""
    found = []
    for proc in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended, or is another user's
            if (proc / "cwd").readlink() == folder:
                found.append((proc / "cmdline").read_bytes())
    return found


STOPPABLE = [
    "bench",
    "dcgan",
    "--seeds",
    "2",
    "--budget",
    "10kimg",
    "--extractor",
    "none",
    *QUICK,
    "--out",
    "b",
    "--threads",
    "1",
]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    here, cache = tmp_path_factory.mktemp("whole"), str(tmp_path_factory.mktemp("cache"))
    ganzoo_here(*STOPPABLE, cwd=here, GANZOO_CACHE=cache)
    return states(here / "b"), cache


@pytest.mark.slow
@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_bench_that_is_stopped_goes_on(tmp_path, uninterrupted, how, code):
    expected, cache = uninterrupted
    process = start(*STOPPABLE, cwd=tmp_path, cache=cache)
    wait_for(process, "seed 0: evaluating, 50%")
    began = time.monotonic()
    process.send_signal(how)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert time.monotonic() - began < 10
    assert "stopped; the same command goes on from the last checkpoints" in err
    assert out == ""
    assert not (tmp_path / "b/results.json").exists()
    ganzoo_here(*STOPPABLE, cwd=tmp_path, GANZOO_CACHE=cache)
    assert states(tmp_path / "b") == expected


@pytest.mark.slow
def test_a_bench_that_is_killed_leaves_nobody_behind_and_goes_on(tmp_path, uninterrupted):
    expected, cache = uninterrupted
    process = start(*STOPPABLE, cwd=tmp_path, cache=cache)
    wait_for(process, "seed 0: evaluating, 50%")
    assert len(left_in(tmp_path)) == 4  # the bench, the nursery, two runs
    process.kill()
    process.communicate()
    # the same command at once, while the workers may still be writing their checkpoints
    ganzoo_here(*STOPPABLE, cwd=tmp_path, GANZOO_CACHE=cache)
    assert states(tmp_path / "b") == expected
    assert "stopped, with a checkpoint" in (tmp_path / "b/dcgan/seed0/log.txt").read_text()
    assert not left_in(tmp_path)


@pytest.mark.slow
def test_one_folder_one_bench(tmp_path, uninterrupted):
    _, cache = uninterrupted
    long = [*STOPPABLE, "--budget", "9999kimg"]  # so that it is not over when the second one looks
    process = start(*long, cwd=tmp_path, cache=cache)
    try:
        wait_for(process, "seed 0: starting")
        second = ganzoo_here(*long, cwd=tmp_path, check=False, GANZOO_CACHE=cache)
        assert second.returncode == 3
        assert f"b is in use by process {process.pid} on " in second.stderr
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def test_one_that_diverges_does_not_stop_the_rest(tmp_path):
    words = [
        "bench",
        "dcgan",
        "wgan:regularizers=[]:d_optimizer.lr=1e38",
        "--seeds",
        "1",
        "--budget",
        "1kimg",
        *QUICK,
        "--out",
        "b",
    ]
    done = ganzoo_here(*words, cwd=tmp_path, check=False)
    assert done.returncode == 1
    results = json.loads((tmp_path / "b/results.json").read_text())
    assert [r["status"] for r in results["runs"]] == ["done", "diverged"]
    assert results["runs"][1]["metrics"] is None
    assert "diverged" in done.stdout and "0/1" in done.stdout
    assert "diverged" in (tmp_path / "b/report.html").read_text()


def test_a_recipe_that_does_not_fit_is_skipped_with_a_reason(tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "plain.npz", images=rng.integers(0, 256, (40, 8, 8), dtype=np.uint8))
    words = [
        "dcgan",
        "dcgan:conditional=true",
        "--data",
        "plain.npz",
        "--extractor",
        "none",
        "--budget",
        "0.2kimg",
        "--seeds",
        "1",
    ]
    done = ganzoo_here("bench", *words, *QUICK, "--out", "b", cwd=tmp_path)
    runs = json.loads((tmp_path / "b/results.json").read_text())["runs"]
    assert [r["status"] for r in runs] == ["done", "skipped"]
    assert runs[1]["reason"] == "recipe 'dcgan:conditional=true' is conditional, but these images have no labels"
    assert "have no labels" in " ".join(done.stdout.split())
    alone = ganzoo_here("bench", *words[1:], *QUICK, "--out", "c", cwd=tmp_path, check=False)
    assert alone.returncode == 2 and "is conditional, but these images have no labels" in alone.stderr


def test_train_is_a_bench_of_one(tmp_path):
    words = ["train", "dcgan:conditional=true", "--seed", "4", "--budget", "1kimg", *QUICK, "--out", "t"]
    done = ganzoo_here(*words, cwd=tmp_path)
    results = json.loads((tmp_path / "t/results.json").read_text())
    assert [(r["seed"], r["status"]) for r in results["runs"]] == [(4, "done")]
    numbers = done.stdout.partition("real halves")[0]
    assert "FD[digits]" in numbers and numbers.count("(±") == numbers.count("±") == 2, "one seed: over samples alone"
    ganzoo_here("sample", "t", "--n", "20", "--out", "labels.png", cwd=tmp_path)
    assert (tmp_path / "labels.png").stat().st_size > 500


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["bench", "dcgn"], "no recipe named 'dcgn'; did you mean 'dcgan'?"),
        (["bench", "dcgan", "dcgan"], "recipe 'dcgan' is named twice"),
        (["bench", "dcgan", "--budget", "100"], "write it as 100kimg"),
        (["bench", "dcgan", "--seeds", "x"], "seeds 'x' are not understood"),
        (["bench", "dcgan", "--parallel", "0"], "'0' is neither a number of runs, at most 4,096, nor 'auto'"),
        (["bench", "dcgan", "--device", "tpu"], "no device 'tpu'; there are: auto, cpu, mps, cuda, cuda:N"),
        (["bench", "dcgan", "--data", "nowhere"], "nowhere"),
        (["bench", "dcgan", "--extractor", "digts"], "did you mean 'digits'?"),
        (["bench", "dcgan", "--metrics", "fidd"], "did you mean 'fid'?"),
        (["bench", "dcgan", "--samples", "5"], "image"),
        (["bench", "dcgan", "-o", "schedule.bach=3"], "did you mean 'schedule.batch'?"),
        (["bench", "dcgan", "-o", "generator.widht=3"], "generator 'dcgan' takes no parameter 'widht'"),
        (["bench", "dcgan:loss=hing"], "did you mean 'hinge'?"),
        (["bench", "dcgan:schedule.batch=1"], "generator 'dcgan' fails on a batch of 1, and plays one of 2"),
        (["eval", "nowhere"], "there is no folder nowhere"),
        (["eval", "mnst"], "did you mean 'mnist'?"),
        (
            ["eval", "mnist"],
            "mnist is a data set, and no run: name the samples, too, such as: ganzoo eval SAMPLES mnist",
        ),
        (["sample", "."], "holds no run"),
        (["bench"], "Missing argument"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_sentence_and_trains_nothing(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    assert message in refused(*words)
    assert list(tmp_path.iterdir()) == []


def test_cuda_never_falls_back(tmp_path, monkeypatch):
    import torch

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for device in ("cuda", "cuda:0"):
        assert f"--device {device} was asked for, but torch" in refused("bench", "dcgan", "--device", device, code=3)
    assert list(tmp_path.iterdir()) == []


def test_devices():
    import torch

    from ganzoo.bench.runs.environment import devices
    from ganzoo.errors import SetupError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "is_available", lambda: True)
        patch.setattr(torch.cuda, "device_count", lambda: 2)
        assert devices("auto") == devices("cuda") == ["cuda:0", "cuda:1"]
        assert devices("cuda:1") == ["cuda:1"] and devices("cpu") == ["cpu"]
        with pytest.raises(SetupError, match="there are only cuda:0 to cuda:1"):
            devices("cuda:2")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "closed").mkdir(mode=0o500)
    monkeypatch.chdir(tmp_path)
    assert "cannot write below" in refused("bench", "dcgan", "--extractor", "none", "--out", "closed/b", code=3)
