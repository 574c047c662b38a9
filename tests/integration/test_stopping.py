"""A command that is told to stop, whose terminal goes away, or that nobody hears."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_benches import environment

SMALL = ["-o", "generator.width=4", "-o", "discriminator.width=4", "-o", "schedule.batch=16"]
BENCH = ["bench", "dcgan", *SMALL, "--seeds", "1", "--extractor", "none", "--examine", "none", "--threads", "1"]
PROCESSES = []
GANZOO = [sys.executable, "-P", "-m", "ganzoo"]


@pytest.fixture(autouse=True)
def started():
    """The processes that a test started, of which none outlives it."""
    yield PROCESSES
    for process in PROCESSES:
        process.terminate()
        process.communicate()
    PROCESSES.clear()


def start(folder, *words, ignoring=(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, **variables):
    """Start the command line; a shell has these signals ignored before."""
    ignored = "".join(f"trap '' {name}; " for name in ignoring)
    process = subprocess.Popen(
        ["bash", "-c", f'{ignored}exec "$@"', "bash", *GANZOO, *words],
        cwd=folder,
        env=environment(**variables),
        stdout=stdout,
        stderr=stderr,
        text=True,
    )
    PROCESSES.append(process)
    return process


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to it"
        time.sleep(0.02)


def training(folder):
    rows = folder / "out/dcgan/seed0/metrics.jsonl"
    return rows.is_file() and rows.stat().st_size > 0


@pytest.mark.slow
def test_a_signal_that_nohup_ignores_stays_ignored(tmp_path):
    """Source: POSIX, nohup: the utility is invoked with SIGHUP ignored; a background job of sh ignores SIGINT."""
    bench = start(tmp_path, *BENCH, "--budget", "300kimg", "--out", "out", ignoring=["HUP", "INT"])
    wait_for(lambda: training(tmp_path))
    size = (tmp_path / "out/dcgan/seed0/metrics.jsonl").stat().st_size
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGHUP):
        bench.send_signal(number)
    wait_for(lambda: (tmp_path / "out/dcgan/seed0/metrics.jsonl").stat().st_size > size)
    assert bench.poll() is None
    bench.terminate()
    bench.communicate(timeout=60)
    assert bench.returncode == 128 + signal.SIGTERM
    assert list((tmp_path / "out/dcgan/seed0/checkpoints").glob("step*"))


STARTS = """
import os, signal, sys
from ganzoo import cli
from ganzoo.cli import zoo
def slow(*given, **more):
    os.kill(os.getpid(), {number})
    raise AssertionError("it went on")
zoo.load_zoo = slow
sys.argv[1:] = ["list"]
cli.main()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda n: n.name)
def test_a_signal_during_start_up_is_128_and_its_number(tmp_path, number):
    code = STARTS.format(number=int(number))
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=environment(), cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (128 + number, "Interrupted.\n")


@pytest.mark.slow
def test_with_standard_error_closed_a_bench_trains(tmp_path):
    done = subprocess.run(
        ["bash", "-c", '"$@" 2>&- >out.json', "bash", *GANZOO, *BENCH, "--budget", "3steps", "--out", "out", "--json"],
        cwd=tmp_path,
        env=environment(),
        timeout=120,
    )
    assert done.returncode == 0
    printed = json.loads((tmp_path / "out.json").read_text())
    assert [run["status"] for run in printed["runs"]] == ["done"]
    assert json.loads((tmp_path / "out/results.json").read_text()) == printed


def test_a_reader_of_standard_error_that_leaves_ends_nothing(tmp_path):
    """A terminal or a pager that is gone leaves its writers a broken pipe."""
    reads, writes = os.pipe()
    os.close(reads)
    code = (
        "from ganzoo.cli.streams import open_streams; open_streams(); import sys; print(1, file=sys.stderr); print(2)"
    )
    told = subprocess.run(
        [sys.executable, "-P", "-c", code], env=environment(), stdout=subprocess.PIPE, stderr=writes, timeout=60
    )
    os.close(writes)
    assert (told.returncode, told.stdout) == (0, b"2\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("buffered", ["", "1"])
def test_results_that_cannot_be_printed_are_one_line_and_code_3(tmp_path, buffered):
    with Path("/dev/full").open("w") as full:
        listing = start(tmp_path, "list", "losses", stdout=full, PYTHONUNBUFFERED=buffered)
        _, said = listing.communicate(timeout=60)
    assert listing.returncode == 3
    assert said == "Error: standard output cannot be written: No space left on device; direct it elsewhere\n"


def test_all_streams_closed_or_full(tmp_path):
    commands = [
        ("list losses", "<&- >&- 2>&-", 0),
        ("list losses", ">/dev/full 2>/dev/full", 3),
        ("list no-such-name", "2>&-", 2),
    ]
    for words, streams, code in commands:
        done = subprocess.run(
            ["bash", "-c", f'"$@" {streams}', "bash", *GANZOO, *words.split()],
            cwd=tmp_path,
            env=environment(),
            timeout=60,
        )
        assert done.returncode == code, (words, streams)


def test_a_reader_of_a_listing_that_leaves_is_no_traceback(tmp_path):
    done = subprocess.run(
        ["bash", "-c", '"$@" | true', "bash", *GANZOO, "list"], cwd=tmp_path, env=environment(), capture_output=True
    )
    assert done.stderr == b""
