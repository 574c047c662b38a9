"""When a worker counts as silent, by hand arithmetic, and what its stacks say."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ganzoo.bench.execution import silence
from ganzoo.bench.execution.local import _end_silent, _Worker
from ganzoo.bench.execution.silence import Silence, dumped, stopped, whereabouts
from ganzoo.interfaces import Task

BEAT = {"kind": "beat", "limit": 60.0, "bound": 6.0}
# As faulthandler writes them: the main thread comes last, and in it the innermost line first.
STACKS = """Thread 0x00007f4ccfa1d6c0 (most recent call first):
  File "/there/other/threads.py", line 3 in wait

Current thread 0x00007f4cd04acb80 (most recent call first):
  File "/python/re/__init__.py", line 166 in match
  File "/there/far/inner/parts.py", line 6 in <lambda>
  File "/there/near.py", line 7 in d_loss
  File "/python/zoo.py", line 8 in <module>
"""


def test_nothing_is_too_long_before_the_first_sign_of_life():
    quiet = Silence()
    quiet.tick(1e6)
    quiet.heard({"kind": "progress"})
    quiet.tick(1e6)
    assert not quiet.too_long and not quiet.stuck


def test_the_limit_is_the_workers_own_and_some_seconds():
    quiet = Silence()
    quiet.heard(BEAT)
    quiet.tick(50.0)  # in which it was heard
    quiet.tick(6.0)
    assert not quiet.stuck
    quiet.tick(1.0)
    assert quiet.stuck and quiet.quiet == 7.0
    quiet.tick(63.0)  # 70 s: a minute, and ten seconds
    assert not quiet.too_long
    quiet.tick(0.5)
    assert quiet.too_long
    quiet.heard({"kind": "progress"})  # all that is told is a sign of life
    quiet.tick(0.5)
    assert not quiet.too_long and not quiet.stuck


def test_whereabouts_name_the_innermost_line_of_a_plugin():
    far, near = {Path("/there/far"): "far"}, {Path("/there/near.py"): "near"}
    assert whereabouts(STACKS, far | near) == "in <lambda> (line 6 of parts.py), of plugin 'far'"
    assert whereabouts(STACKS, near) == "in d_loss (line 7 of near.py), of plugin 'near'"
    assert whereabouts(STACKS, {Path("/there/other"): "other"}) == "in match (line 166 of __init__.py)"
    assert whereabouts("", near) == "nowhere to be seen"


@pytest.fixture
def start(tmp_path):
    """Starts a worker of a script, which has written a line once it is ready, and has its signs of life heard."""
    started = []

    def start(script):
        code = f"import faulthandler, signal, time\n{script}\nprint(1, flush=True)\ntime.sleep(100)"
        log = tmp_path / "log.txt"
        with log.open("ab") as file:
            words = [sys.executable, "-c", code]
            process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=file, start_new_session=True)
        started.append(process)
        process.stdout.readline()
        worker = _Worker(3, Task((tmp_path,), (), ("cpu",), 1, tmp_path), process, 0)
        worker.silence.heard(BEAT | {"limit": 1.0})
        worker.silence.tick(0.0)
        return worker

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


DUMPS = "faulthandler.register(signal.SIGUSR1, all_threads=True, chain=False)"
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def test_a_silent_one_is_ended_and_its_stacks_are_in_its_log(start, tmp_path):
    worker = start(DUMPS)
    assert list(_end_silent(worker, 10.5)) == []
    (news,) = _end_silent(worker, 1.0)
    assert (news.task, news.event["run"], news.event["kind"]) == (3, 0, "hangs")
    assert news.event["why"].startswith("no sign of life for 12 s; it hangs in <module> (line ")
    assert worker.process.wait(10) == -signal.SIGKILL
    assert " in <module>\n" in (tmp_path / "log.txt").read_text()
    assert list(_end_silent(worker, 100.0)) == []


@linux
def test_one_that_is_stopped_is_not_silent(start):
    worker = start(DUMPS)
    os.kill(worker.process.pid, signal.SIGSTOP)
    end = time.monotonic() + 10
    while not stopped(worker.process.pid) and time.monotonic() < end:
        time.sleep(0.01)
    assert list(_end_silent(worker, 1e6)) == [] and worker.silence.quiet == 0
    os.kill(worker.process.pid, signal.SIGCONT)
    while stopped(worker.process.pid) and time.monotonic() < end:
        time.sleep(0.01)
    assert len(list(_end_silent(worker, 1e6))) == 1


def test_without_stacks_it_may_be_stopped_where_the_system_does_not_say(start, tmp_path, monkeypatch):
    monkeypatch.setattr(silence, "DUMP_SECONDS", 0.3)
    worker = start("signal.signal(signal.SIGUSR1, signal.SIG_IGN)")
    monkeypatch.setattr(silence, "SYSTEM", tmp_path / "none")
    assert not stopped(worker.process.pid)
    assert list(_end_silent(worker, 100.0)) == [] and worker.process.poll() is None
    worker.silence.tick(1.0)
    assert not worker.silence.too_long  # it is looked at again after as long
    monkeypatch.setattr(silence, "SYSTEM", tmp_path)
    assert dumped(worker.process, tmp_path / "log.txt") == ""
    monkeypatch.setattr(silence, "DUMP", None)
    (news,) = _end_silent(worker, 100.0)
    assert "nowhere to be seen" in news.event["why"]
