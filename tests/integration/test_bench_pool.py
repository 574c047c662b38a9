"""Runs in processes of their own: killed, stopped, broken."""

import json
import random
import re
import signal
import time
from contextlib import closing
from functools import partial

import pytest
from installed_plugins import Site
from small_benches import environment, request, result_in, specs

from ganzoo.bench.execution.executing import local
from ganzoo.bench.execution.forks.fork_server import ForkServer
from ganzoo.bench.execution.pool import Job, Pool
from ganzoo.bench.plan import prepare
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.training.checkpoints import checkpoint


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Starts a worker that plays the run of a folder."""
    with (tmp_path_factory.mktemp("nursery") / "log.txt").open("ab") as log:
        nursery = ForkServer(environment(), log)
    yield partial(begin, nursery)
    nursery.close()


def begin(nursery, folder, spec):
    folder.mkdir(exist_ok=True)
    spec.write(folder)
    with (folder / "log.txt").open("ab") as log:
        return nursery.start([str(folder)], log)


def wait_for_training(process):
    while line := process.stdout.readline():
        event = json.loads(line)
        if event["kind"] == "progress" and event["phase"] == "training" and event["kimg"] > 0:
            return
    pytest.fail("the worker ended before it trained")


def finish(process):
    process.stdout.read()
    code = process.wait(timeout=120)
    process.stdin.close()
    process.stdout.close()
    return code


def last(folder):
    path = checkpoint.checkpoints(folder / "checkpoints")[0]
    return path.name, json.loads((path / "manifest.json").read_text())["state.safetensors"]


@pytest.mark.slow
@pytest.mark.parametrize("every", [0.0, 0.3], ids=["mostly in a checkpoint", "mostly between checkpoints"])
def test_killed_at_random_moments_and_gone_on_with(tmp_path, start, every):
    """The final weights are those of a run that was left alone, bit for bit."""
    (spec,) = specs(kimg=4.0 if every == 0.0 else 15.0, evaluations=3)
    assert finish(start(tmp_path / "whole", spec.changed(checkpoint_seconds=1e9))) == 0
    rng, kills = random.Random(0), 0
    for _ in range(3):
        process = start(tmp_path / "killed", spec.changed(checkpoint_seconds=every))
        wait_for_training(process)
        time.sleep(rng.uniform(0.05, 0.6))
        process.kill()
        kills += finish(process) == -signal.SIGKILL
    assert finish(start(tmp_path / "killed", spec)) == 0
    assert kills >= 2
    assert last(tmp_path / "killed") == last(tmp_path / "whole")
    assert "goes on from step" in (tmp_path / "killed" / "log.txt").read_text()
    assert not [
        p
        for p in (tmp_path / "killed" / "checkpoints").iterdir()
        if p.name.startswith("step") and p not in checkpoint.checkpoints(tmp_path / "killed/checkpoints")
    ]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, "the bench is gone"], ids=str)
def test_told_to_stop_it_writes_a_checkpoint(tmp_path, start, how):
    (spec,) = specs(kimg=10_000.0, checkpoint_seconds=1e9)
    process = start(tmp_path / "run", spec)
    wait_for_training(process)
    before = checkpoint.checkpoints(tmp_path / "run/checkpoints")[0]
    began = time.monotonic()
    if how == "the bench is gone":
        process.stdin.close()
    else:
        process.send_signal(how)
    process.stdout.read()
    assert process.wait(timeout=30) == 143
    assert time.monotonic() - began < 10
    process.stdin.close()
    process.stdout.close()
    assert checkpoint.step_of(checkpoint.checkpoints(tmp_path / "run/checkpoints")[0]) > checkpoint.step_of(before)
    assert result_in(tmp_path / "run") is None


BREAKERS = {
    "raises": ("raise RuntimeError('[bold]no luck')", "RuntimeError: [bold]no luck (see log.txt in the run's folder)"),
    "runs out of memory": (
        "raise MemoryError('all gone')",
        r"out of memory on cpu after a peak of [\d,]+ MB: all gone; try a smaller schedule.batch or width",
    ),
    "asks torch for more than there is": (
        "import torch; torch.empty(1 << 60)",
        r"out of memory on cpu after a peak of [\d,]+ MB: .*DefaultCPUAllocator: can't allocate memory.*; "
        "try a smaller schedule.batch or width",
    ),
    "dies": ("import os; os.kill(os.getpid(), 11)", "its process died of SIGSEGV (see log.txt in the run's folder)"),
    "is killed": (
        "import os; os.kill(os.getpid(), 9)",
        "its process was killed; the system may have been out of memory",
    ),
    "leaves": (
        "import os; os._exit(5)",
        "its process ended with code 5 and no result (see log.txt in the run's folder)",
    ),
}


@pytest.mark.slow
def test_one_that_breaks_does_not_stop_the_rest(tmp_path, monkeypatch):
    losses = "\n".join(
        f"class L{i}(Loss):\n    def d_loss(self, turn):\n        {body}\n    g_loss = d_loss"
        for i, (body, _) in enumerate(BREAKERS.values())
    )
    registers = "\n".join(f"    register('breaker-{i}', 'breaker_parts:L{i}')" for i in range(len(BREAKERS)))
    (tmp_path / "site").mkdir()
    (tmp_path / "site/breaker_parts.py").write_text(f"from ganzoo.interfaces import Loss\nprint('noise')\n{losses}\n")
    code = f"import ganzoo\n@ganzoo.hookimpl\ndef register_losses(register):\n{registers}\n"
    Site(tmp_path / "site").install("ganzoo-breaker", code)
    monkeypatch.syspath_prepend(tmp_path / "site")
    names = [f"dcgan:loss=breaker-{i}" for i in range(len(BREAKERS))]
    cache = Cache.open()
    plan = prepare(request("dcgan", *names, third_party=True), load_zoo(), cache)
    jobs = [Job(tmp_path / f"run{i}", spec) for i, spec in enumerate(plan.specs)]
    for job in jobs:
        job.folder.mkdir()
    events = []
    with closing(local()) as executor:
        pool = Pool(executor, 2, ["cpu"], cache, lambda folder, event: events.append((folder, event)))
        played = pool.play([[job] for job in jobs])
    results = [played[job.folder] for job in jobs]
    lacking = {"runs out of memory", "asks torch for more than there is"}
    assert [r["status"] for r in results] == ["done"] + ["oom" if name in lacking else "failed" for name in BREAKERS]
    for number, (name, result) in enumerate(zip(BREAKERS, results[1:], strict=True)):
        part = f"loss 'breaker-{number}'"
        named = f"; it uses plugin 'ganzoo-breaker': the {part} of ganzoo-breaker 1.2"
        reason = BREAKERS[name][1]
        if name == "raises":
            assert result["reason"] == f"{part} of plugin 'ganzoo-breaker' (ganzoo-breaker 1.2): {reason}"
            continue
        if name not in lacking:
            assert result["reason"] == reason + named
            continue
        assert re.fullmatch(reason + re.escape(named), result["reason"], re.DOTALL), result["reason"]
        assert result["peak_memory_mb"] > 50 and result["parameters"]["G"] > 0
    for job, result in zip(jobs, results, strict=True):
        assert result_in(job.folder) == result
        assert ("noise" in (job.folder / "log.txt").read_text()) == bool(job.spec.plugins)
    assert sorted(f.name for f, e in events if e["kind"] == "end") == [f"run{i}" for i in range(len(jobs))]


def test_seeds_in_one_process_share_its_end_and_its_log(tmp_path, monkeypatch):
    (tmp_path / "site").mkdir()
    (tmp_path / "site/lethal_parts.py").write_text(
        "import os\nfrom ganzoo.interfaces import Loss\n"
        "class Lethal(Loss):\n    def d_loss(self, turn):\n        os._exit(5)\n    g_loss = d_loss\n"
    )
    code = (
        "import ganzoo\n@ganzoo.hookimpl\ndef register_losses(register):\n"
        "    register('lethal', 'lethal_parts:Lethal')\n"
    )
    Site(tmp_path / "site").install("ganzoo-lethal", code)
    monkeypatch.syspath_prepend(tmp_path / "site")
    cache = Cache.open()
    asked = request("dcgan", "dcgan:loss=lethal", third_party=True, seeds=(0, 1), together=2)
    plan = prepare(asked, load_zoo(), cache)
    jobs = {(spec.name, spec.seed): Job(tmp_path / f"{i}", spec) for i, spec in enumerate(plan.specs)}
    for job in jobs.values():
        job.folder.mkdir()
    groups = [[jobs[name, 0], jobs[name, 1]] for name in ("dcgan:loss=lethal", "dcgan")]
    told = []
    with closing(local()) as executor:
        pool = Pool(executor, 1, ["cpu"], cache, lambda folder, event: told.append((folder.name, event["kind"])))
        played = pool.play(groups)
    for (name, _), job in jobs.items():
        result = played[job.folder]
        assert result_in(job.folder) == result
        assert result["status"] == ("done" if name == "dcgan" else "failed")
        if name != "dcgan":
            assert result["reason"] == (
                "its process ended with code 5 and no result (see log.txt in the run's folder); it uses plugin "
                "'ganzoo-lethal': the loss 'lethal' of ganzoo-lethal 1.2"
            )
        assert (job.folder / "log.txt").exists()
    assert (jobs["dcgan", 1].folder / "log.txt").read_text() == "see ../0/log.txt\n"
    assert {(folder, kind) for folder, kind in told if kind == "end"} == {(str(i), "end") for i in range(4)}
