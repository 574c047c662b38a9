"""Executors as the bench sees them: whose devices, what is sent along, and what goes wrong."""

import dataclasses
import shutil
from contextlib import closing

import pytest
import torch
from repository import ROOT
from small_benches import ganzoo, request

from ganzoo import data
from ganzoo.bench.execution.executing import devices_on, local, opened, what_is_read
from ganzoo.bench.execution.pool import Job, Pool
from ganzoo.bench.plan import prepare
from ganzoo.bench.runs.session import TrainingSession
from ganzoo.errors import GanzooError, PluginError, SetupError, UnknownName
from ganzoo.interfaces import Ended, Executor, Resources, TaskEvent
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.testing.findings import Findings
from ganzoo.testing.kinds.executors import check_executor

ZOO = load_zoo(third_party=False)
NUMBERS = {"extractor": "digits", "metrics": ("fid", "kid"), "samples": 1024}


def test_devices_of_other_machines():
    some, none = Resources(cores=8, gpus=2), Resources(cores=8, gpus=0)
    assert devices_on(some, "auto") == devices_on(some, "cuda") == ["cuda:0", "cuda:0"]
    assert devices_on(some, "cpu") == devices_on(none, "auto") == ["cpu"]
    assert devices_on(None, "cpu") == ["cpu"]
    with pytest.raises(SetupError, match="the executor's machines have no GPU"):
        devices_on(none, "cuda")
    with pytest.raises(GanzooError, match="cuda:1 names a device of this machine"):
        devices_on(some, "cuda:1")


def test_a_plan_for_machines_with_gpus():
    asked = request(device="auto", threads=None, seeds=(0, 1, 2), **NUMBERS)
    plan = prepare(asked, ZOO, Cache.open(), Resources(cores=8, gpus=2))
    assert (plan.slots, plan.threads, plan.devices) == (2, 1, ["cuda:0", "cuda:0"])
    assert {(spec.device, spec.precision, spec.identity["device"]) for spec in plan.specs} == {
        ("cuda:0", "tf32", "cuda")
    }


def test_a_plan_for_machines_without():
    asked = request(device="auto", threads=2, seeds=tuple(range(9)))
    plan = prepare(asked, ZOO, Cache.open(), Resources(cores=7, gpus=0))
    assert (plan.slots, plan.threads, plan.devices) == (3, 2, ["cpu"])


def test_what_is_sent_is_all_that_is_read(tmp_path, monkeypatch):
    """A cache with nothing but what was sent serves a run, and gives it the reference that was sent."""
    weights = tmp_path / "mine.safetensors"
    shutil.copy(ROOT / "plugins/digits/extractor.safetensors", weights)
    cache = Cache(tmp_path / "here")
    asked = request(weights=weights, hold_out=0.1, **NUMBERS)
    plan = prepare(asked, ZOO, cache, Resources(cores=1, gpus=0))
    kinds = sorted(place.partition("/")[0] for place in plan.files)
    assert set(kinds) == {"images", "given-weights", "references", "reference-tensors"}
    assert (kinds.count("images"), kinds.count("references")) == (2, 2)
    for place, path in plan.files.items():
        (tmp_path / "there" / place).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if path.is_dir() else shutil.copy)(path, tmp_path / "there" / place)
    here = TrainingSession(plan.specs[0], ZOO, cache)
    shutil.rmtree(tmp_path / "here")
    weights.unlink()
    monkeypatch.setattr("ganzoo.metrics.real_side.measure", None)  # nothing is measured anew
    there = TrainingSession(plan.specs[0], ZOO, Cache(tmp_path / "there"))
    assert there.reference.floor == here.reference.floor
    assert (there.fields["x"] == here.fields["x"]).all()
    assert there.held_out.keys() == here.held_out.keys() == {"x", "y"}
    assert all(torch.equal(there.held_out[name], here.held_out[name]) for name in ("x", "y"))
    assert len(there.held_out["x"]) == len(there.held_out["y"]) == 180


def test_nothing_is_sent_on_this_machine():
    plan = prepare(request(), ZOO, Cache.open())
    assert plan.files == {}
    assert list(what_is_read(ZOO.registry, plan.images, None, None, None, Cache.open())) == [
        f"images/{plan.images.hash}"
    ]


def test_images_are_found_by_their_contents(tmp_path):
    images = data.resolve(ZOO.registry, "digits", cache=Cache(tmp_path / "a"))
    other = Cache(tmp_path / "b")
    assert data.found(images, other) == images
    gone = dataclasses.replace(images, folder=tmp_path / "gone")
    assert data.found(gone, other) == gone
    assert data.found(gone, Cache(tmp_path / "a")) == images


class Scripted(Executor):
    """Tells what it was given, whatever is asked of it."""

    def __init__(self, *news):
        super().__init__(None, print)
        self.news, self.left = news, False

    def resources(self):
        return Resources(1, 0)

    def play(self, tasks, slots):
        try:
            yield from self.news
        finally:
            self.left = True


@pytest.fixture
def job(tmp_path):
    (spec,) = prepare(request(), ZOO, Cache.open()).specs
    (tmp_path / "run").mkdir()
    return Job(tmp_path / "run", spec)


def pool(executor, events):
    return Pool(executor, None, ["cpu"], Cache.open(), lambda folder, event: events.append(event))


def test_what_an_executor_says_of_an_end_is_the_reason(job):
    events = []
    beat = TaskEvent(0, {"run": 0, "kind": "beat", "limit": 1.0, "bound": 1.0})  # executors may pass it on
    news = [None, TaskEvent(0, {"run": 0, "kind": "progress", "kimg": 1.0}), beat, None, Ended(0, 1, "it rained")]
    executor = Scripted(*news)
    result = pool(executor, events).play([[job]])[job.folder]
    assert (result["status"], result["reason"]) == ("failed", "it rained")
    assert [event["kind"] for event in events] == ["progress", "end"]
    assert executor.left


@pytest.mark.parametrize(
    "news",
    [
        "a line",
        TaskEvent(1, {"run": 0, "kind": "progress"}),
        TaskEvent(0, {"run": 1, "kind": "progress"}),
        TaskEvent(0, {"run": 0}),
        TaskEvent(0, "progress"),
        Ended("0", 0),
        Ended(0, None),
    ],
    ids=repr,
)
def test_an_executor_that_tells_of_nothing_there_is(job, news):
    with pytest.raises(PluginError, match=r"the executor Scripted yields .*, which is no TaskEvent and no Ended of"):
        pool(Scripted(news), []).play([[job]])


def test_an_executor_that_gives_up(job):
    with pytest.raises(PluginError, match="Scripted gave up with 1 runs still to be played"):
        pool(Scripted(None), []).play([[job]])


def test_each_of_two_devices_has_a_task(tmp_path, job):
    """As long as two play at once; which of them a run got is in its folder."""
    from ganzoo.bench.results.run_files.spec import RunSpec

    jobs = [job, Job(tmp_path / "other", job.spec.changed(seed=1))]
    jobs[1].folder.mkdir()
    with closing(local()) as executor:
        played = Pool(executor, 2, ["cuda:77", "cuda:78"], Cache.open(), lambda *_: None).play([[j] for j in jobs])
    assert {result["status"] for result in played.values()} == {"failed"}  # there are no such GPUs
    assert {RunSpec.read(one.folder).device for one in jobs} == {"cuda:77", "cuda:78"}


def test_an_executor_by_its_name():
    with opened(ZOO.registry, "local", None) as executor:
        assert executor.resources() is None
    with pytest.raises(GanzooError, match="'local' plays on this machine, and has no use for the address 'there'"):
        opened(ZOO.registry, "local", "there").__enter__()
    with pytest.raises(UnknownName, match="no executor named 'locl'; did you mean 'local'"):
        opened(ZOO.registry, "locl", None).__enter__()


def test_the_command_line(tmp_path):
    listed = ganzoo("list", "executors", cwd=tmp_path).stdout
    assert "local " in listed and "ray " in listed
    done = ganzoo("bench", "dcgan", "--executor", "loca", cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (2, "Error: no executor named 'loca'; did you mean 'local'?\n")
    done = ganzoo("bench", "dcgan", "--executor", "ray", "--profile", cwd=tmp_path, check=False)
    assert done.returncode == 2 and "--profile measures this machine; leave --executor out" in done.stderr


BROKEN = {
    "gives its resources in a way of its own": ("resources", lambda self: 4, "resources gives a int"),
    "ends nothing": (
        "play",
        lambda self, tasks, slots: (news for news in [None]),
        "the last that is told of it is nothing",
    ),
    "leaves nothing behind": (
        "play",
        lambda self, tasks, slots: (news for news in [TaskEvent(0, {"run": 0}), *(Ended(i, 3) for i in range(3))]),
        "and of it is told",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_executor_is_found_out(name, monkeypatch):
    method, does, problem = BROKEN[name]
    monkeypatch.setattr(f"ganzoo.bench.execution.local.LocalExecutor.{method}", does)
    findings = Findings("executor", "local")
    check_executor(findings, ZOO.registry)
    assert any(problem in finding.detail for finding in findings.found if not finding.ok)
