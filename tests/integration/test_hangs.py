"""A part that never returns: the run is ended, tried once more, and then given up."""

import sys
from contextlib import closing

import pytest
from installed_plugins import Site
from small_benches import request, result_in

from ganzoo.bench.execution import silence
from ganzoo.bench.execution.executing import local
from ganzoo.bench.execution.pool import Job, Pool
from ganzoo.bench.plan import prepare
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.training.checkpoints import checkpoint

# Returns nothing in its tenth turn: each time, or as long as a file is not there. The match takes as many steps as
# there are ways to split the text, and holds Python's lock all the while; an alarm ends a test that fails.
PARTS = """
import functools, os, pathlib, re, signal, threading
from torch.nn.functional import softplus
from ganzoo.interfaces import Loss
class Hangs(Loss):
    turns = 0
    always = False
    wait = threading.Event().wait
    def d_loss(self, turn):
        self.turns += 1
        flag = pathlib.Path(os.environ["FLAG"])
        if self.turns == 10 and (self.always or not flag.exists()):
            flag.touch()
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(100)
            self.wait()
        return softplus(-turn.on_real["logits"]).mean() + softplus(turn.on_fake["logits"]).mean()
    def g_loss(self, turn):
        return softplus(-turn.on_fake["logits"]).mean()
class Always(Hangs):
    always = True
class Locks(Hangs):
    wait = functools.partial(re.match, "(a+)+$", "a" * 60 + "b")
class LocksAlways(Locks):
    always = True
"""
REGISTERS = """
import ganzoo
@ganzoo.hookimpl
def register_losses(register):
    register('hangs', 'hanging_parts:Hangs')
    register('hangs-always', 'hanging_parts:Always')
    register('locks', 'hanging_parts:Locks')
    register('locks-always', 'hanging_parts:LocksAlways')
"""


@pytest.fixture
def play(tmp_path, monkeypatch):
    """Plays recipes with one seed, and gives their results and folders."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site/hanging_parts.py").write_text(PARTS)
    Site(tmp_path / "site").install("ganzoo-hanging", REGISTERS)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.delitem(sys.modules, "hanging_parts", raising=False)

    def play(*recipes, name, together=1):
        monkeypatch.setenv("FLAG", str(tmp_path / f"{name}.flag"))
        cache = Cache.open()
        # Three seconds of patience, and so 36 for the start.
        asked = request(*recipes, third_party=True, kimg=0.4, checkpoint_seconds=0.0, patience=0.05)
        jobs = [Job(tmp_path / f"{name}{i}", s) for i, s in enumerate(prepare(asked, load_zoo(), cache).specs)]
        for job in jobs:
            job.folder.mkdir()
        with closing(local()) as executor:
            pool = Pool(executor, 1, ["cpu"], cache, lambda folder, event: None)
            return pool.play([[job] for job in jobs]), [job.folder for job in jobs]

    return play


def final(folder):
    return (checkpoint.checkpoints(folder / "checkpoints")[0] / "state.safetensors").read_bytes()


@pytest.mark.slow
def test_a_part_that_hangs_once_costs_nothing_but_time(tmp_path, play, said):
    (tmp_path / "whole.flag").touch()
    results, (whole,) = play("dcgan:loss=hangs", name="whole")
    assert results[whole]["status"] == "done"
    results, (hung,) = play("dcgan:loss=hangs", name="hung")
    assert results[hung] == result_in(hung) and results[hung]["status"] == "done"
    assert final(hung) == final(whole)
    log = (hung / "log.txt").read_text()
    assert "in d_loss" in log and "goes on from step 9" in log
    (line,) = [line for line in said if "tried once more" in line]
    assert "it hangs in d_loss (hanging_parts, line 16 of hanging_parts.py), of plugin 'ganzoo-hanging'" in line


@pytest.mark.slow
def test_a_part_that_hangs_again_fails_its_run_and_no_other(play):
    results, (hung, other) = play("dcgan:loss=hangs-always", "dcgan", name="run")
    assert [results[hung]["status"], results[other]["status"]] == ["failed", "done"]
    reason = results[hung]["reason"]
    assert reason.startswith("it hung twice: no step for ")
    assert "it hangs in d_loss (hanging_parts, line 16 of hanging_parts.py), of plugin 'ganzoo-hanging'" in reason
    assert (hung / "log.txt").read_text().count("in d_loss\n") >= 2
    assert result_in(hung) == results[hung]


@pytest.mark.slow
def test_calls_that_keep_the_lock_are_seen_from_outside(play, said, monkeypatch):
    """No thread of the worker can tell, after three seconds of patience and one of slack."""
    monkeypatch.setattr(silence, "SLACK_SECONDS", 1.0)
    results, (once, always) = play("dcgan:loss=locks", "dcgan:loss=locks-always", name="run")
    assert [results[once]["status"], results[always]["status"]] == ["done", "failed"]
    where = "it hangs in d_loss (line 16 of hanging_parts.py), of plugin 'ganzoo-hanging', and Python's lock"
    lines = [line for line in said if "tried once more" in line]
    assert len(lines) == 2 and all("no sign of life for " in line and where in line for line in lines)
    assert "goes on from step 9" in (once / "log.txt").read_text()
    assert results[always]["reason"].startswith("it hung twice: no sign of life for ")
    assert where in results[always]["reason"] and result_in(always) == results[always]
    assert [(folder / "log.txt").read_text().count("in match\n") for folder in (once, always)] == [1, 2]
