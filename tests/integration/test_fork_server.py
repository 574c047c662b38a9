"""The process that forks those of runs, and the pool that makes do without it."""

import os
import signal
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from small_benches import environment, request, result_in, specs

from ganzoo.bench.execution.executing import local
from ganzoo.bench.execution.fork_server import ForkServer
from ganzoo.bench.execution.pool import Job, Pool
from ganzoo.bench.plan import prepare
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.training import checkpoint


@pytest.fixture
def nursery(tmp_path):
    with (tmp_path / "nursery.txt").open("ab") as log:
        made = ForkServer(environment(), log)
    yield made
    made.close()


def begin(nursery, folder, spec):
    folder.mkdir()
    spec.write(folder)
    with (folder / "log.txt").open("ab") as log:
        return nursery.start([str(folder)], log)


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to it"
        time.sleep(0.02)


def close(*children):
    for child in children:
        child.stdin.close()
        child.stdout.close()


def test_a_signal_for_one_that_is_still_to_start_reaches_it_and_no_other(tmp_path, nursery):
    (endless,) = specs(kimg=10_000.0)
    (short,) = specs(kimg=0.2)
    killed, left = begin(nursery, tmp_path / "killed", endless), begin(nursery, tmp_path / "left", short)
    killed.kill()  # the nursery is still importing
    assert killed.poll() is None
    told = [child.stdout.read() for child in (killed, left)]
    assert [child.wait(60) for child in (killed, left)] == [-signal.SIGKILL, 0]
    assert [b'"kind": "result"' in one for one in told] == [False, True]
    assert result_in(tmp_path / "left")["status"] == "done"
    killed.send_signal(signal.SIGTERM)  # nobody is hit
    assert (tmp_path / "nursery.txt").read_bytes() == b""
    close(killed, left)


def test_when_the_nursery_dies_its_runs_count_as_killed(tmp_path, nursery):
    (spec,) = specs(kimg=10_000.0)
    child = begin(nursery, tmp_path / "run", spec)
    wait_for((tmp_path / "run/environment.json").exists)
    pid = child._pid
    os.kill(nursery._process.pid, signal.SIGKILL)
    assert child.wait(60) == -signal.SIGKILL
    assert not nursery.alive
    wait_for(lambda: ended(pid))
    late = begin(nursery, tmp_path / "late", spec)
    assert late.wait(60) == -signal.SIGKILL
    close(child, late)


def ended(pid):
    """Gone, or a zombie that nobody reads."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def played(tmp_path, name, spec, cache):
    job = Job(tmp_path / name, spec)
    job.folder.mkdir()
    with closing(local()) as executor:
        result = Pool(executor, 1, ["cpu"], cache, lambda folder, event: None).play([[job]])[job.folder]
    assert result["status"] == "done"
    newest = checkpoint.checkpoints(job.folder / "checkpoints")[0]
    return (newest / "state.safetensors").read_bytes()


def test_without_a_nursery_runs_end_in_the_same_state(tmp_path, monkeypatch):
    cache = Cache.open()
    (spec,) = prepare(request(kimg=0.2), load_zoo(third_party=False), cache).specs
    forked = played(tmp_path, "forked", spec, cache)
    monkeypatch.setattr(sys, "platform", "another")
    assert played(tmp_path, "started", spec, cache) == forked


def test_a_pool_whose_nursery_died_starts_another(tmp_path, monkeypatch):
    cache = Cache.open()
    plan = prepare(request(kimg=0.2, seeds=(0, 1, 2)), load_zoo(third_party=False), cache)
    jobs = [Job(tmp_path / f"run{spec.seed}", spec) for spec in plan.specs]
    for job in jobs:
        job.folder.mkdir()
    kills = []

    def on_event(folder, event):
        if event["kind"] == "end" and not kills:
            kills.append(executor._nursery._process.pid)
            os.kill(kills[0], signal.SIGKILL)
            wait_for(lambda: not executor._nursery.alive)

    with closing(local()) as executor:
        results = Pool(executor, 1, ["cpu"], cache, on_event).play([[job] for job in jobs])
    assert kills and [results[job.folder]["status"] for job in jobs] == ["done"] * 3
