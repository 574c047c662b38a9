"""Workers that do not answer when the bench is told to stop."""

import json
import os
import signal
import time
from contextlib import closing
from pathlib import Path

import pytest
from installed_plugins import Site
from small_benches import request

from ganzoo.bench.execution import local as local_module
from ganzoo.bench.execution.executing import local
from ganzoo.bench.execution.pool import Job, Pool
from ganzoo.bench.execution.watching import watchdog
from ganzoo.bench.plan import prepare
from ganzoo.interrupts import Interrupted
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.training.checkpoints import checkpoint

# A match that takes as many steps as there are ways to split the text, and holds Python's lock all the while.
DEAF = """
import json, os, re, signal, subprocess, time
from torch.nn.functional import softplus
from ganzoo.interfaces import Loss
class Deaf(Loss):
    turns = 0
    def d_loss(self, turn):
        self.turns += 1
        if self.turns < 10:  # a bench that is planned plays a turn
            return softplus(-turn.on_real["logits"]).mean() + softplus(turn.on_fake["logits"]).mean()
        helper = subprocess.Popen(["sleep", "1000"])
        with open(os.environ["PIDS"], "w") as file:
            json.dump([os.getpid(), helper.pid], file)
        self.wait()
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(100)  # ends a test that fails
        re.match("(a+)+$", "a" * 60 + "b")
    def wait(self):
        pass
    def g_loss(self, turn):
        return softplus(-turn.on_fake["logits"]).mean()
class Late(Deaf):
    def wait(self):
        heard = []
        signal.signal(signal.SIGTERM, lambda *_: heard.append(True))
        while not heard:
            time.sleep(0.05)
        time.sleep(1.0)  # the answer is another thread's
"""
REGISTERS = """
import ganzoo
@ganzoo.hookimpl
def register_losses(register):
    register('deaf', 'deaf_parts:Deaf')
    register('late', 'deaf_parts:Late')
"""


def gone(pid):
    """True of a process that has ended, and of one that waits for its parent to read how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def stop_when(tmp_path, asked, ready, third_party=False):
    """Play a run, and stop the bench once it is ready; gives how long that took, in seconds."""
    cache = Cache.open()
    (spec,) = prepare(asked, load_zoo(third_party=third_party), cache).specs
    job = Job(tmp_path / "run", spec)
    job.folder.mkdir()
    with closing(local()) as executor:
        pool = Pool(executor, 1, ["cpu"], cache, lambda folder, event: None)
        pool.executor = Watched(executor, ready, pool)
        with pytest.raises(Interrupted) as interrupted:
            pool.play([[job]])
        assert interrupted.value.signal == signal.SIGINT
        return time.monotonic() - pool.executor.stopped


class Watched:
    """An executor that interrupts its pool once ``ready`` says so."""

    def __init__(self, executor, ready, pool):
        self.executor, self.ready, self.pool = executor, ready, pool
        self.stopped = None

    def play(self, tasks, slots):
        end = time.monotonic() + 120
        with closing(self.executor.play(tasks, slots)) as heard:
            for news in heard:
                assert time.monotonic() < end, "it never came to it"
                if self.stopped is None and self.ready(news):
                    self.stopped = time.monotonic()
                    self.pool._hear(signal.SIGINT)
                yield news


def test_one_that_was_stopped_is_woken_and_writes_its_checkpoint(tmp_path):
    def freeze(news):
        event = getattr(news, "event", {})
        if event.get("phase") != "training" or not event["kimg"]:
            return False
        (pid,) = [int(p.name) for p in Path("/proc").glob("[0-9]*") if plays(p, tmp_path)]
        os.kill(pid, signal.SIGSTOP)
        return True

    assert stop_when(tmp_path, request(kimg=10_000.0), freeze) < 10
    assert checkpoint.checkpoints(tmp_path / "run/checkpoints")


def plays(process, folder):
    """True of the process that holds a run's lock."""
    try:
        return any(one.readlink() == folder / "run/.lock" for one in (process / "fd").iterdir())
    except OSError:
        return False


@pytest.fixture
def stop_when_it_hangs(tmp_path, monkeypatch):
    """Plays a run of a loss that hangs, and stops it; gives how long that took, in seconds."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site/deaf_parts.py").write_text(DEAF)
    Site(tmp_path / "site").install("ganzoo-deaf", REGISTERS)
    monkeypatch.syspath_prepend(tmp_path / "site")
    pids = tmp_path / "pids.json"
    monkeypatch.setenv("PIDS", str(pids))

    def hangs(news):
        return news is None and pids.is_file() and bool(pids.read_text())

    def stop(loss):
        took = stop_when(tmp_path, request(f"dcgan:loss={loss}", third_party=True), hangs, third_party=True)
        assert all(gone(pid) for pid in json.loads(pids.read_text()))  # and the process that it started
        return took

    return stop


@pytest.mark.slow
def test_one_that_does_not_answer_is_killed_with_all_that_it_started(stop_when_it_hangs, monkeypatch):
    """The bound is ten seconds in all; here it is given two to answer."""
    assert local_module.ANSWER_SECONDS + local_module.KILL_SECONDS < 10
    monkeypatch.setattr(local_module, "ANSWER_SECONDS", 2.0)
    assert 2 <= stop_when_it_hangs("deaf") < 10


@pytest.mark.slow
def test_one_that_answers_and_then_gives_no_sign_of_life_is_killed(stop_when_it_hangs, monkeypatch):
    """A second to answer and six of silence; the sixty for a checkpoint are for those that live."""
    assert watchdog.STUCK_SECONDS + local_module.KILL_SECONDS < 10
    monkeypatch.setattr(local_module, "ANSWER_SECONDS", local_module.GRACE_SECONDS)
    assert 6 <= stop_when_it_hangs("late") < local_module.GRACE_SECONDS / 2
