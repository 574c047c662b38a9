"""The executor ``ray`` against a pretended Ray whose machines are this one; a real cluster is in test_ray_cluster."""

import json
import sys
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace

import pytest
from ganzoo_plugins.ray_executor import host
from ganzoo_plugins.ray_executor.executor import RayExecutor
from ganzoo_plugins.ray_executor.folder import Change, Watched, apply, everything, write_all
from small_benches import environment, specs

from benchmarks.reliability.killing import killed_at_every_moment
from ganzoo.bench.execution.pool import Job, Pool
from ganzoo.errors import SetupError
from ganzoo.interfaces import Ended, Resources, Task, TaskEvent
from ganzoo.storage.cache import Cache


class PretendedError(Exception):
    pass


class Handle:
    """An actor that answers at once; once it is killed, or its turn has come, it answers no more."""

    def __init__(self, made, ray):
        self.made, self.ray, self.alive = made, ray, True

    def __getattr__(self, name):
        def call(*given):
            if not self.alive:
                return PretendedError("the actor died\nunexpectedly")
            answer = getattr(self.made, name)(*given)
            if name == "news" and self.ray.loses.pop(0) if self.ray.loses else False:
                self.alive = False
            return answer

        return SimpleNamespace(remote=call)


class PretendedRay:
    """What is used of the package."""

    exceptions = SimpleNamespace(RayError=PretendedError)

    def __init__(self, cores=4, gpus=0):
        self.there = {"CPU": float(cores), "GPU": float(gpus)}
        self.hosts, self.rooms, self.puts, self.loses, self.most = [], [], [], [], 0

    def is_initialized(self):
        return True

    def cluster_resources(self):
        return self.there

    def nodes(self):
        return [{"Alive": True, "Resources": self.there}, {"Alive": False, "Resources": {"CPU": 64.0}}]

    def remote(self, kind):
        def options(max_restarts, max_task_retries, **room):
            assert max_restarts == max_task_retries == 0  # what is lost is begun again by us, where it was

            def make():
                self.rooms.append(room)
                self.hosts.append(Handle(kind(), self))
                return self.hosts[-1]

            return SimpleNamespace(remote=make)

        return SimpleNamespace(options=options)

    def wait(self, asked, num_returns=1, timeout=None):
        self.most = max(self.most, len(asked))
        return list(asked), []

    def get(self, asked):
        if isinstance(asked, Exception):
            raise asked
        return asked

    def put(self, value):
        self.puts.append(value)
        return value

    def kill(self, handle):
        handle.alive = False
        if "_process" in vars(handle.made):
            handle.made._process.kill()
            handle.made._process.wait()


@pytest.fixture
def ray(monkeypatch, tmp_path):
    made = PretendedRay()
    monkeypatch.setitem(sys.modules, "ray", made)
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "node"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(host, "SECONDS", 0.05)
    yield made
    for handle in made.hosts:
        if "_process" in vars(handle.made):
            process = handle.made._process
            process.kill()
            process.wait()
            handle.made._listener.join()
            process.stdin.close()
            process.stdout.close()


def task(folder, code, devices=("cpu",), threads=1, files=None):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text("{}")
    return Task((folder,), ("-P", "-c", HEAD + code), devices, threads, folder.parent / "cache", files or {})


HEAD = """
import json, os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
def tell(**event):
    print(json.dumps({"run": 0, **event}), flush=True)
def die():
    os.kill(os.getpid(), signal.SIGKILL)
count = folder / "count.txt"
lives = int(count.read_text()) if count.exists() else 0
count.write_text(str(lives + 1))
"""


def played(tasks, slots=None, said=None):
    with closing(RayExecutor(None, (said if said is not None else []).append).play(tasks, slots)) as news:
        return [one for one in news if one is not None]


def test_a_process_that_is_always_killed_is_given_up(tmp_path, ray):
    said = []
    (ended,) = played([task(tmp_path / "bench/dcgan/seed0", "die()")], said=said)
    why = "its process was killed; the system may have been out of memory"
    assert ended == Ended(0, 1, f"{why}; 4 times in a row, with no checkpoint in between")
    assert said == [f"dcgan/seed0: {why}; it goes on from its last checkpoint"] * 3
    assert (tmp_path / "bench/dcgan/seed0/count.txt").read_text() == "4"


def test_one_that_gets_further_each_time_is_not(tmp_path, ray):
    code = """
(folder / "checkpoints" / f"step-{lives}").mkdir(parents=True)
(folder / "checkpoints" / f"step-{lives}" / "state").write_text("here")
sys.exit(0) if lives == 5 else die()
"""
    assert played([task(tmp_path / "run", code)]) == [Ended(0, 0)]
    assert len(list((tmp_path / "run/checkpoints").iterdir())) == 6


@pytest.mark.parametrize("code, exits", [("sys.exit(5)", 5), ("os.kill(os.getpid(), 11)", -11), ("sys.exit(0)", 0)])
def test_one_that_ends_by_itself_is_not_begun_again(tmp_path, ray, code, exits):
    assert played([task(tmp_path / "run", code)]) == [Ended(0, exits)]
    assert len(ray.hosts) == 1


def test_a_lost_machine(tmp_path, ray):
    ray.loses = [False, True]
    code = """
tell(kind="life", number=lives)
(folder / "state.txt").write_text("reached")
time.sleep(0 if lives else 600)
"""
    said = []
    news = played([task(tmp_path / "dcgan/seed3", code)], said=said)
    assert [one.event["number"] for one in news if isinstance(one, TaskEvent)] == [0, 1]
    assert news[-1] == Ended(0, 0)
    assert said == [
        "dcgan/seed3: its machine or its actor was lost (the actor died); it goes on from its last checkpoint"
    ]


def test_another_version(tmp_path, ray, monkeypatch):
    monkeypatch.setattr(host.Host, "hello", lambda self, places: host.Hello("0.0.1", ()))
    (ended,) = played([task(tmp_path / "run", "tell(kind='never')")])
    assert (ended.code, ended.why.startswith("its machine has ganzoo 0.0.1, and the bench has ")) == (1, True)


def test_what_is_missing_is_sent_once(tmp_path, ray):
    (tmp_path / "set").mkdir()
    (tmp_path / "set/images.npy").write_bytes(b"images")
    (tmp_path / "weights").write_bytes(b"weights")
    (tmp_path / "node/there").mkdir(parents=True)
    files = {"images/ab": tmp_path / "set", "weights/cd": tmp_path / "weights", "there": tmp_path / "never read"}
    code = """
cache = pathlib.Path(os.environ["GANZOO_CACHE"])
tell(kind="seen", images=(cache / "images/ab/images.npy").read_text(), weights=(cache / "weights/cd").read_text())
"""
    news = played([task(tmp_path / name, code, files=files) for name in ("a", "b")], slots=1)
    seen = [one.event for one in news if isinstance(one, TaskEvent)]
    assert seen == [{"run": 0, "kind": "seen", "images": "images", "weights": "weights"}] * 2
    assert len(ray.puts) == 2
    assert [path.name for path in (tmp_path / "node/images").iterdir()] == ["ab"]  # nothing half written is left


def test_no_more_at_once_than_asked_for(tmp_path, ray):
    tasks = [task(tmp_path / str(number), "") for number in range(4)]
    assert sorted(one.task for one in played(tasks, 2)) == [0, 1, 2, 3]
    assert ray.most == 2
    ray.most = 0
    played(tasks)
    assert ray.most == 4


def test_the_room_that_is_asked_for(tmp_path, ray):
    played([task(tmp_path / "a", "", threads=3), task(tmp_path / "b", "", devices=("cuda:0", "cuda:0"))])
    assert sorted(ray.rooms, key=len) == [{"num_cpus": 3}, {"num_gpus": 1, "num_cpus": 1}]
    with pytest.raises(SetupError, match="5 cores has no room on any machine of the cluster, whose largest has 4"):
        played([task(tmp_path / "c", "", threads=5)])


def test_ranks_have_their_room_on_one_machine(tmp_path, ray):
    ray.there = {"CPU": 4.0, "GPU": 4.0}
    on_cores = replace(task(tmp_path / "a", "", threads=2), ranks=2)
    on_gpus = replace(task(tmp_path / "b", "", devices=("cuda:0",) * 4), ranks=4)
    played([on_cores, on_gpus])
    assert sorted(ray.rooms, key=len) == [{"num_cpus": 4}, {"num_gpus": 4, "num_cpus": 4}]
    with pytest.raises(SetupError, match=r"6 cores has no room .* whose largest has 4; give a smaller"):
        played([replace(on_cores, ranks=3)])
    with pytest.raises(SetupError, match="a run on 5 GPUs has no room on any machine of the cluster, whose large"):
        played([replace(on_gpus, ranks=5)])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ranks are tried on Linux")
def test_a_run_of_two_ranks(tmp_path, ray, monkeypatch):
    (spec,) = specs(kimg=0.2)
    job = Job(tmp_path / "run", spec.changed(ranks=2))
    job.folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    pool = Pool(RayExecutor(None, print), None, ["cpu"], Cache.open(), lambda *event: None)
    result = pool.play([[job]])[job.folder]
    assert (result["status"], result["engine"]["ranks"]) == ("done", 2), (job.folder / "log.txt").read_text()


def test_resources(ray):
    ray.there = {"CPU": 6.0, "GPU": 2.0, "memory": 1.0}
    assert RayExecutor(None, print).resources() == Resources(cores=6, gpus=2)
    del ray.there["GPU"]
    assert RayExecutor(None, print).resources() == Resources(cores=6, gpus=0)


def test_without_ray(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SetupError, match=r"install ganzoo-core\[ray\]"):
        RayExecutor(None, print)


def test_the_log_and_the_environment(tmp_path, ray):
    code = "print('a word', file=sys.stderr); tell(kind='given', threads=os.environ['OMP_NUM_THREADS'])"
    (tmp_path / "run").mkdir()
    (tmp_path / "run/log.txt").write_text("before\n")
    news = played([task(tmp_path / "run", code, threads=2)])
    assert news[0].event["threads"] == "2"
    assert (tmp_path / "run/log.txt").read_text() == "before\na word\n"
    assert not list(tmp_path.glob("ganzoo-ray-*"))  # on the other machine


# -- folders -----------------------------------------------------------------------------------------------------


@pytest.fixture
def there(tmp_path):
    folder = tmp_path / "there"
    (folder / "checkpoints/step-1").mkdir(parents=True)
    (folder / "checkpoints/step-1/state").write_bytes(b"\x00one")
    (folder / "log.txt").write_text("first\n")
    (folder / ".lock").write_text("")
    return folder


def held(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_changes_keep_a_copy_alike(tmp_path, there):
    here = tmp_path / "here"
    here.mkdir()
    apply(everything(there), here)
    watched = Watched(there)
    assert held(here) == {"checkpoints/step-1/state": b"\x00one", "log.txt": b"first\n"}
    assert watched.changes() == []
    with (there / "log.txt").open("a") as log:
        log.write("second\n")
    (there / "metrics.jsonl").write_text("{}\n")
    (there / "checkpoints/step-2").mkdir()
    (there / "checkpoints/step-2/state").write_bytes(b"two")
    (there / "checkpoints/step-1/state").unlink()
    (there / "checkpoints/step-1").rmdir()
    (there / "checkpoints/.step-3.x").mkdir()
    (there / "checkpoints/.step-3.x/state").write_bytes(b"half of it")
    changes = watched.changes()
    # The record before the checkpoint that counts on its rows, and what is gone only when all else is there.
    assert sorted(changes[:2], key=lambda change: change.name) == [
        Change("log.txt", b"second\n", 6),
        Change("metrics.jsonl", b"{}\n"),
    ]
    assert changes[2:] == [Change("checkpoints/step-2/state", b"two"), Change("checkpoints/step-1/state", None)]
    apply(changes, here)
    assert held(here) == {
        "checkpoints/step-2/state": b"two",
        "log.txt": b"first\nsecond\n",
        "metrics.jsonl": b"{}\n",
    }
    assert [path.name for path in (here / "checkpoints").iterdir()] == ["step-2"]
    apply(changes, here)  # an answer that is heard twice
    assert (here / "log.txt").read_text() == "first\nsecond\n"


def test_a_checkpoint_that_is_written_anew_stands_whole_at_every_moment(tmp_path):
    """The copy of a run that was taken up and stopped before its next step, whose checkpoint is of the same step."""
    here = tmp_path / "here"

    def change(text):
        return [Change(f"checkpoints/step-1/{name}", text) for name in ("manifest", "state")]

    for _ in killed_at_every_moment(here, lambda: apply(change(b"old"), here), lambda: apply(change(b"new"), here)):
        standing = [held(place) for place in (here / "checkpoints").iterdir() if place.name.startswith("step-1")]
        assert {"manifest": b"old", "state": b"old"} in standing or {"manifest": b"new", "state": b"new"} in standing
    assert held(here) == {f"checkpoints/step-1/{name}": b"new" for name in ("manifest", "state")}


def test_a_file_that_is_cut_back_and_grows_again_comes_whole(there):
    record = there / "metrics.jsonl"
    record.write_text("one\ntwo\n")
    watched = Watched(there)
    record.write_text("one\n2\nthree\n")
    assert watched.changes() == [Change("metrics.jsonl", b"one\n2\nthree\n")]


def test_what_the_cache_has_is_kept(tmp_path):
    write_all([Change("images.npy", b"a"), Change("deep/labels.npy", b"b")], tmp_path / "images/ab")
    write_all([Change("images.npy", b"other")], tmp_path / "images/ab")
    assert held(tmp_path) == {"images/ab/images.npy": b"a", "images/ab/deep/labels.npy": b"b"}
    write_all([Change("", b"weights")], tmp_path / "downloads/x/file")
    assert (tmp_path / "downloads/x/file").read_bytes() == b"weights"


def test_events_are_plain(ray, tmp_path):
    news = played([task(tmp_path / "run", "print('noise'); tell(kind='one', value=0.5)")])
    assert json.dumps(news[0].event) == '{"run": 0, "kind": "one", "value": 0.5}'
