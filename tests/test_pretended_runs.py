"""Whole runs through the command line on pretended GPUs, each in a fresh process; their numbers mean nothing."""

import json

import pytest
from pretend_gpu import run

SMALL = ("--data", "digits", "--device", "cuda", "--budget", "20steps", "-o", "schedule.batch=16")
BLIND = ("--extractor", "none", "--examine", "none")


def bench(folder, *words, **how):
    """``ganzoo bench`` into a folder; gives what it says."""
    done = run("-m", "ganzoo", "bench", *words, *SMALL, "--out", str(folder), finite=True, **how)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
    return done


def results(folder):
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*/seed*/result.json"))]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


def test_three_seeds_share_a_gpu(small):
    bench(small / "together", "dcgan", "--seeds", "3", "--together", "3", *BLIND)
    found = results(small / "together")
    assert [result["status"] for result in found] == ["done"] * 3


def test_two_runs_at_once_take_a_gpu_each(small):
    done = bench(small / "parallel", "dcgan", "--seeds", "2", "--parallel", "2", *BLIND, devices=2)
    found = results(small / "parallel")
    assert [result["status"] for result in found] == ["done"] * 2
    assert "on 2 GPUs, 2 at once" in done.stderr


def test_the_profiler_hears_of_every_place(small):
    done = run("-m", "ganzoo", "bench", "dcgan", *SMALL, "--profile", "--profile-steps", "4", "--json", finite=True)
    assert done.returncode == 0, done.stderr[-6000:]
    rows = json.loads(done.stdout)["rows"]
    assert {row["status"] for row in rows} == {"done"}
    assert {row["captured"] for row in rows} == {True}
    for row in rows:
        busy = {place for place, share in row["shares"].items() if share > 0}
        assert {"d_forward", "d_backward", "g_forward", "g_backward", "optimizer"} <= busy, row["shares"]


def test_everything_that_is_judged_at_the_end_runs(small):
    metrics = "fid,kid,is,precision,recall,density,coverage"
    bench(small / "judged", "cgan", "--seeds", "1", "--evaluations", "1", "--metrics", metrics, "--samples", "200")
    (result,) = results(small / "judged")
    assert result["status"] == "done"
