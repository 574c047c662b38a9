"""Whole runs through the command line on pretended GPUs, each in a fresh process; their numbers mean nothing."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from pretend_gpu import run, variables

pytestmark = pytest.mark.slow

SMALL = ("--data", "digits", "--device", "cuda", "--budget", "20steps", "-o", "schedule.batch=16")
BLIND = ("--extractor", "none", "--examine", "none")


def bench(folder, *words, **how):
    """``ganzoo bench`` into a folder; gives what it says."""
    done = run("-m", "ganzoo", "bench", *SMALL, *words, "--out", str(folder), finite=True, **how)
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
    assert [result["engine"]["together"] for result in found] == [3] * 3
    assert all(result["engine"]["replayed"] and result["engine"]["why_eager"] is None for result in found)


def test_two_runs_at_once_take_a_gpu_each(small):
    done = bench(small / "parallel", "dcgan", "--seeds", "2", "--parallel", "2", *BLIND, devices=2)
    found = results(small / "parallel")
    assert [result["status"] for result in found] == ["done"] * 2
    assert all(result["engine"]["replayed"] for result in found)
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


def test_what_is_judged_at_the_end_runs_as_far_as_numbers_are_no_indices(small):
    words = ("--metrics", "fid,is,precision,recall,density,coverage", "--examine", "discriminator")
    bench(small / "judged", "cgan", "--seeds", "1", "--evaluations", "1", "--samples", "200", *words)
    (result,) = results(small / "judged")
    assert result["status"] == "done"


def test_images_that_do_not_fit_are_streamed(small):
    images = small / "images.npz"
    np.savez(images, images=np.zeros((70_000, 32, 32, 3), dtype=np.uint8))  # 205 MiB
    data = ("--data", str(images), "-o", "generator.width=8", "-o", "discriminator.width=8")
    bench(small / "streamed", "dcgan", "--seeds", "1", *data, *BLIND, memory_mb=400)
    (result,) = results(small / "streamed")
    assert result["engine"]["replayed"]
    assert result["peak_memory_mb"] < 205


def test_a_gpu_that_is_too_small_is_told(small):
    words = ("dcgan", *SMALL, *BLIND, "--seeds", "1", "--out", str(small / "large"))
    done = run("-m", "ganzoo", "bench", *words, "-o", "generator.width=512", finite=True, memory_mb=64)
    assert done.returncode == 1, done.stderr[-3000:]
    (result,) = results(small / "large")
    assert result["status"] == "oom" and result["reason"].startswith("out of memory on cuda:0 after a peak of ")
    assert 0 < result["peak_memory_mb"] <= 64 * 2**20 / 1e6


def test_a_run_that_was_stopped_goes_on_and_captures_anew(small):
    folder = small / "stopped"
    words = ["bench", "dcgan", *SMALL, *BLIND, "--seeds", "1", "--budget", "6000steps", "--out", str(folder)]
    command = [sys.executable, "-m", "ganzoo", *words]
    with subprocess.Popen(command, env=variables(finite=True), stderr=subprocess.DEVNULL) as first:
        record = folder / "dcgan" / "seed0" / "metrics.jsonl"
        until = time.monotonic() + 200
        while not (record.is_file() and record.stat().st_size) and time.monotonic() < until and first.poll() is None:
            time.sleep(0.02)
        first.send_signal(signal.SIGTERM)
        assert first.wait(timeout=100) == 143
    assert results(folder) == []
    done = run("-m", "ganzoo", *words, finite=True)
    assert done.returncode == 0, done.stderr[-3000:]
    (result,) = results(folder)
    assert result["status"] == "done" and result["engine"]["replayed"]
    assert "goes on from step" in (folder / "dcgan" / "seed0" / "log.txt").read_text()
