"""Benches on a Ray cluster: two machines on this one, which are killed and taken away."""

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from repository import ROOT
from small_benches import SMALL, environment, ganzoo, ganzoo_here

from ganzoo.training.checkpoints import checkpoint

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is missing: install ganzoo-core[ray]"),
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found by /proc"),
]
SEEDS = (0, 1)
CACHES = ("head", "second", "third")


def words(out, kimg):
    small = [word for edit in SMALL for word in ("-o", edit)]
    settings = ["--seeds", "2", "--budget", f"{kimg}kimg", "--samples", "64", "--evaluations", "3", "--threads", "1"]
    settings += ["--device", "cpu", "--replicates", "0", "--examine", "none", "--checkpoint-every", "0.3"]
    return ["bench", "dcgan", *small, *settings, "--metrics", "fid,is", "--out", str(out)]


class TwoMachines:
    """The cluster, and what it was told."""

    def __init__(self, folder):
        self.folder = folder
        with (folder / "cluster.txt").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", str(ROOT / "tests" / "support" / "ray_cluster.py"), str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment(),
                text=True,
            )
        self.address = self.process.stdout.readline().strip()
        assert self.address, (folder / "cluster.txt").read_text()

    def tell(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def close(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def words(self, out, kimg):
        return [*words(out, kimg), "--executor", "ray", "--ray-address", self.address]

    def workers(self):
        """The processes of runs, by the name of their machine."""
        return {name: pid for name, pid, _ in self.playing()}

    def playing(self):
        """The name of the machine, the process and the folder there of each run."""
        for place in Path("/proc").glob("[0-9]*"):
            try:
                variables = (place / "environ").read_bytes().split(b"\0")
                command = (place / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            except OSError:
                continue
            for name in CACHES:
                at = f"GANZOO_CACHE={self.folder / name}".encode() in variables
                if at and any(b"ganzoo.bench.execution.worker" in word for word in command):
                    yield name, int(place.name), Path(os.fsdecode(command[-1]))

    def until_all_have_checkpoints(self, out):
        """Wait for a checkpoint of each run, here too; each is paused from its first to the last one's."""
        paused = set()

        def have():
            for _, pid, folder in self.playing():
                if pid not in paused and checkpoint.checkpoints(folder / "checkpoints"):
                    os.kill(pid, signal.SIGSTOP)
                    paused.add(pid)
            return len(paused) == len(SEEDS) and all(kept(out, seed) for seed in SEEDS)

        try:
            wait_for(have)
        finally:
            for pid in paused:
                os.kill(pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    made = TwoMachines(tmp_path_factory.mktemp("cluster"))
    yield made
    made.close()


KIMG = 6


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The same bench by the local executor, undisturbed."""
    out = tmp_path_factory.mktemp("alone") / "bench"
    ganzoo_here(*words(out, KIMG), cwd=out.parent)
    return out


def states(bench):
    """What must be equal to the bit: the last checkpoint, the pictures and the numbers of each run."""
    found = {}
    for seed in SEEDS:
        folder = bench / "dcgan" / f"seed{seed}"
        newest = checkpoint.checkpoints(folder / "checkpoints")[0]
        result = json.loads((folder / "result.json").read_text())
        found[seed] = {
            "checkpoint": (newest.name, (newest / "state.safetensors").read_bytes()),
            "pictures": {path.name: path.read_bytes() for path in (folder / "samples").iterdir()},
            "metrics": [evaluation["metrics"] for evaluation in result["evaluations"]],
            "key": result["key"],
            "status": result["status"],
        }
    return found


def shape(bench):
    """The names of all files, whenever the checkpoints were made."""
    names = (path.relative_to(bench).as_posix() for path in bench.rglob("*") if path.is_file())
    return sorted(re.sub(r"step-\d+", "step", name) for name in names if not name.endswith(".lock"))


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to it"
        time.sleep(0.05)


def start(cluster, out):
    out.parent.mkdir(exist_ok=True)
    with (out.parent / "said.txt").open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "ganzoo", *cluster.words(out, KIMG)],
            cwd=out.parent,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=said,
        )


def kept(out, seed):
    return checkpoint.checkpoints(out / "dcgan" / f"seed{seed}" / "checkpoints")


def test_the_results_are_those_of_this_machine(tmp_path, cluster, alone):
    done = ganzoo(*cluster.words(tmp_path / "bench", KIMG), cwd=tmp_path)
    assert "2 runs of 6 kimg on cpu, 2 at once" in done.stderr
    assert states(tmp_path / "bench") == states(alone)
    assert shape(tmp_path / "bench") == shape(alone)
    summary = json.loads((tmp_path / "bench/results.json").read_text())
    assert summary["environment"]["torch"] and "seed" not in summary["environment"]
    for name in ("head", "second"):  # one run on each, and what it read was sent there
        kinds = {path.name for path in (cluster.folder / name).iterdir() if path.is_dir()}
        assert {"images", "references", "reference-tensors"} <= kinds


def test_what_is_killed_or_taken_away_goes_on_elsewhere(tmp_path, cluster, alone):
    out = tmp_path / "bench"
    process = start(cluster, out)
    try:
        cluster.until_all_have_checkpoints(out)
        os.kill(cluster.workers()["head"], signal.SIGKILL)
        cluster.tell("remove")
        assert process.wait(200) == 0, (tmp_path / "said.txt").read_text()
    finally:
        process.kill()
        process.wait()
        cluster.tell("add")
    said = (tmp_path / "said.txt").read_text()
    assert "its process was killed; the system may have been out of memory; it goes on from its last checkpoint" in said
    assert "its machine or its actor was lost" in said
    assert states(out) == states(alone)
    for seed in SEEDS:
        assert "goes on from step" in (out / f"dcgan/seed{seed}/log.txt").read_text()


def test_stopped_it_goes_on_with_any_executor(tmp_path, cluster, alone):
    out = tmp_path / "bench"
    process = start(cluster, out)
    try:
        cluster.until_all_have_checkpoints(out)
        before = {seed: kept(out, seed)[0].name for seed in SEEDS}
        process.send_signal(signal.SIGTERM)
        assert process.wait(90) == 143, (tmp_path / "said.txt").read_text()
    finally:
        process.kill()
        process.wait()
    assert not cluster.workers()
    assert all(kept(out, seed)[0].name >= before[seed] for seed in SEEDS)
    assert "stopped, with a checkpoint" in (out / "dcgan/seed0/log.txt").read_text()
    ganzoo_here(*words(out, KIMG), cwd=tmp_path)
    assert states(out) == states(alone)


def test_a_cluster_that_is_not_there(tmp_path):
    done = ganzoo(
        *words(tmp_path / "bench", 1), "--executor", "ray", "--ray-address", "nowhere", cwd=tmp_path, check=False
    )
    assert done.returncode == 3
    assert done.stderr.startswith("Error: there is no Ray cluster to be reached at nowhere: ")
    assert done.stderr.count("\n") == 1


def test_it_conforms(cluster):
    code = "from ganzoo.registry.discovery import load_zoo\nfrom ganzoo.testing import assert_conforms\n"
    code += "assert_conforms(load_zoo(third_party=False).registry, 'executor', 'ray')"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env=environment(RAY_ADDRESS=cluster.address),
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
