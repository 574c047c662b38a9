"""Questions that are asked in a fork: what crashes it, hangs or prints there harms nobody."""

import multiprocessing
import os
import sys
import time
import warnings

import pytest

from ganzoo.bench.execution.rehearsals import dry_turns
from ganzoo.bench.execution.rehearsals.dry_turns import apart


def crash():
    os.kill(os.getpid(), 11)


def leave():
    os._exit(5)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
def test_what_ends_the_fork_is_left_to_its_run_and_the_rest_is_answered(capfd, monkeypatch):
    monkeypatch.setattr(dry_turns, "LONGEST_SECONDS", 2.0)
    changed = []

    def noisy():
        print("noise")
        changed.append(1)
        return "no"

    questions = [lambda: "", noisy, crash, lambda: "why", leave, lambda: time.sleep(60), lambda: f"{len(changed)}"]
    assert apart(questions) == ["", "no", "", "why", "", "", "0"]
    assert capfd.readouterr() == ("", "") and changed == []


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
def test_one_fork_answers_many():
    forks = set(apart([lambda: f"{os.getpid()}"] * 5))
    assert len(forks) == 1 and forks != {f"{os.getpid()}"}


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_where_nothing_is_forked_they_are_asked_here(monkeypatch, platform):
    monkeypatch.setattr(dry_turns.sys, "platform", platform)
    assert apart([lambda: f"{os.getpid()}", lambda: ""]) == [f"{os.getpid()}", ""]


def _answer_to(pipe):
    pipe.send(apart([lambda: f"asked in {os.getpid()}"]))


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
def test_a_daemon_of_multiprocessing_asks_them_itself():
    """It may have no children: a pool's workers, which call a bench from Python, are such."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_answer_to, args=(theirs,), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads
        process.start()
    theirs.close()
    assert ours.recv() == [f"asked in {process.pid}"]
    process.join()
