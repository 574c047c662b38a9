"""The process that forks those of runs, and the pool that makes do without it."""

import os
import signal
import sys
import time
from contextlib import closing

import pytest
from small_benches import environment, request, result_in, specs

from ganzoo.bench.execution.executing import local
from ganzoo.bench.execution.forks.child import LOST
from ganzoo.bench.execution.forks.fork_server import ForkServer
from ganzoo.bench.execution.local import SERVERS
from ganzoo.bench.execution.pool import Job, Pool
from ganzoo.bench.plan import prepare
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.training.checkpoints import checkpoint


@pytest.fixture(autouse=True)
def _real(monkeypatch):
    """A process of its own for each, which other tests do without."""
    monkeypatch.setattr("ganzoo.bench.execution.local.ForkServer", ForkServer)


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


@pytest.mark.slow
def test_when_the_server_dies_its_runs_play_on(tmp_path, nursery):
    (spec,) = specs(kimg=6.0)
    child = begin(nursery, tmp_path / "run", spec)
    wait_for((tmp_path / "run/environment.json").exists)
    os.kill(nursery._process.pid, signal.SIGKILL)
    wait_for(lambda: not nursery.alive)
    assert child.poll() is None
    assert b'"kind": "result"' in child.stdout.read()
    child.silent()
    assert child.wait(60) == LOST
    assert result_in(tmp_path / "run")["status"] == "done"
    late = begin(nursery, tmp_path / "late", spec)
    assert late.stdout.read() == b""
    late.silent()
    assert late.wait(60) == LOST
    close(child, late)


def played(tmp_path, name, spec, cache):
    job = Job(tmp_path / name, spec)
    job.folder.mkdir()
    with closing(local()) as executor:
        result = Pool(executor, 1, ["cpu"], cache, lambda folder, event: None).play([[job]])[job.folder]
    assert result["status"] == "done"
    newest = checkpoint.checkpoints(job.folder / "checkpoints")[0]
    return (newest / "state.safetensors").read_bytes()


@pytest.mark.slow
def test_without_a_nursery_runs_end_in_the_same_state(tmp_path, monkeypatch):
    cache = Cache.open()
    (spec,) = prepare(request(kimg=0.2), load_zoo(third_party=False), cache).specs
    forked = played(tmp_path, "forked", spec, cache)
    monkeypatch.setattr(sys, "platform", "another")
    assert played(tmp_path, "started", spec, cache) == forked


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before it forks", "while a run plays"])
def test_killing_the_server_fails_no_run(tmp_path, moment):
    cache = Cache.open()
    plan = prepare(request(kimg=0.5, seeds=(0, 1, 2)), load_zoo(third_party=False), cache)
    jobs = [Job(tmp_path / f"run{spec.seed}", spec) for spec in plan.specs]
    for job in jobs:
        job.folder.mkdir()
    kills = []

    def kill():
        kills.append(executor._server._process.pid)
        os.kill(kills[0], signal.SIGKILL)
        wait_for(lambda: not executor._server.alive)

    def on_event(folder, event):
        if not kills and moment == "while a run plays" and event.get("phase") == "training":
            kill()

    with closing(local()) as executor:
        if moment == "before it forks":
            start = executor._start

            def start_and_kill(*given):
                worker = start(*given)
                if not kills:
                    kill()
                return worker

            executor._start = start_and_kill
        results = Pool(executor, 1, ["cpu"], cache, on_event).play([[job] for job in jobs])
    assert kills and [results[job.folder]["status"] for job in jobs] == ["done"] * 3
    assert not any("goes on from" in (job.folder / "log.txt").read_text() for job in jobs)


@pytest.mark.slow
def test_a_bench_that_loses_server_after_server_does_without(tmp_path, monkeypatch):
    cache = Cache.open()
    (spec,) = prepare(request(kimg=0.2), load_zoo(third_party=False), cache).specs
    deaths = []

    def start(self, folders, log):
        os.kill(self._process.pid, signal.SIGKILL)
        deaths.append(self._process.pid)
        return real(self, folders, log)

    real = ForkServer.start
    monkeypatch.setattr(ForkServer, "start", start)
    played(tmp_path, "run", spec, cache)
    assert len(deaths) == SERVERS
