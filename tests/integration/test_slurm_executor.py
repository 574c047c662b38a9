"""The executor ``slurm`` by submitit's jobs of this machine, and against commands that pretend to be Slurm's."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest
from ganzoo_plugins.slurm_executor import executor as module
from ganzoo_plugins.slurm_executor.executor import SlurmExecutor
from ganzoo_plugins.slurm_executor.options import options
from small_benches import SMALL, ganzoo_here, rows_in

from ganzoo.errors import GanzooError, SetupError
from ganzoo.interfaces import Ended, Resources, Task, TaskEvent
from ganzoo.registry.discovery import load_zoo
from ganzoo.testing.findings import Findings
from ganzoo.testing.kinds.executors import check_executor

submitit = pytest.mark.skipif(
    importlib.util.find_spec("submitit") is None, reason="submitit is missing: install ganzoo-core[slurm]"
)

HEAD = """
import json, os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
count = folder / "count.txt"
lives = int(count.read_text()) if count.exists() else 0
count.write_text(str(lives + 1))
def left(*_):
    (folder / "left.txt").write_text("in order")
    os._exit(143)
signal.signal(signal.SIGTERM, left)
"""
DIES = "os.kill(os.getpid(), signal.SIGKILL)"

# A cluster of one machine: a job is a process, and sacct tells whether it is there.
COMMANDS = {
    "sbatch": """
[ -e "$SLURM_ROOT/refuses" ] && { echo "sbatch: error: invalid partition" >&2; exit 1; }
n=$(ls "$SLURM_ROOT" | grep -c script); cp "$1" "$SLURM_ROOT/script$n"
SLURM_JOB_ID=$n setsid bash "$SLURM_ROOT/script$n" >/dev/null 2>&1 </dev/null &
echo $! > "$SLURM_ROOT/pid$n"; echo "Submitted batch job $n"
""",
    "srun": """
while [ "${1#--}" != "$1" ]; do case $1 in --unbuffered) shift;; *) shift 2;; esac; done
exec "$@" >/dev/null 2>&1
""",
    "sacct": """
echo "JobID|State|NodeList"
for f in "$SLURM_ROOT"/pid*; do
  if kill -0 "$(cat "$f")" 2>/dev/null; then s=RUNNING; else s=FAILED; fi; echo "${f##*pid}|$s|node1"
done
""",
    "scancel": 'kill -TERM -- -"$(cat "$SLURM_ROOT/pid$1")" 2>/dev/null || true',
    "sinfo": """
echo "$@" > "$SLURM_ROOT/asked"
printf 'a|64|gpu:a100:8(S:0-1)\\na|64|gpu:a100:8(S:0-1)\\nb|32|(null)\\n'
""",
}


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """The folder in which the pretended commands keep what they were asked."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "slurm").mkdir()
    for name, text in COMMANDS.items():
        path = tmp_path / "bin" / name
        path.write_text("#!/bin/bash\n" + text)
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("SLURM_ROOT", str(tmp_path / "slurm"))
    return tmp_path / "slurm"


def task(folder, code, devices=("cpu",), threads=1, ranks=1):
    folder.mkdir(parents=True)
    return Task((folder,), ("-P", "-c", HEAD + code), devices, threads, folder.parent / "cache", ranks=ranks)


def played(tasks, address="cluster=local", said=None):
    with closing(SlurmExecutor(address, (said if said is not None else []).append).play(tasks, None)) as news:
        return [one for one in news if one is not None]


@pytest.mark.parametrize(
    ("text", "minutes", "memory"),
    [("time=90", 90, None), ("time=4:00:00,mem=32", 240, 32), ("time=1-2:30:01", None, None), ("mem=1.5GB", 240, 1.5)],
)
def test_the_address_says_what_a_job_asks_for(text, minutes, memory):
    given = options(text)
    assert given.memory == memory
    if minutes is not None:
        assert given.minutes == minutes


def test_days_count_and_a_part_of_a_minute_is_a_minute():
    assert options("time=1-2:30:01").minutes == 24 * 60 + 2 * 60 + 30 + 1
    assert options("time=0:30").minutes == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("partition", "NAME=VALUE"),
        ("particion=gpu", "did you mean 'partition'"),
        ("time=soon", "neither minutes nor"),
        ("time=0", "no time at all"),
        ("mem=much", "no number of gigabytes"),
        ("cpus=1.5", "no number of cores"),
        ("cluster=mars", "neither slurm nor local"),
    ],
)
def test_an_address_that_says_nothing_is_refused(text, message):
    with pytest.raises(GanzooError, match=message):
        options(text)


def test_what_is_missing_is_one_sentence(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(SetupError, match=r'run `pip install "ganzoo-core\[slurm\]"`'):
        SlurmExecutor(None, print)


@submitit
def test_without_slurm_it_says_where_to_start(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SetupError, match="start the bench on a login node"):
        SlurmExecutor(None, print)


@submitit
def test_it_passes_the_checks_of_executors(monkeypatch):
    made = lambda registry, kind, name: lambda address, say: SlurmExecutor("cluster=local", say)  # noqa: E731
    monkeypatch.setattr("ganzoo.testing.kinds.executors.load_class", made)
    findings = Findings("executor", "slurm")
    check_executor(findings, load_zoo(third_party=False).registry)
    assert findings.ok, findings


@submitit
def test_a_job_that_is_lost_goes_on_and_one_that_always_is_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "RETRIES", 1)
    said = []
    tasks = [task(tmp_path / "a/seed0", f"lives or {DIES}"), task(tmp_path / "b/seed0", DIES)]
    ended = {one.task: one for one in played(tasks, said=said)}
    assert ended[0] == Ended(0, 0)
    assert ended[1].code == 1 and "2 times in a row, with no checkpoint in between" in ended[1].why
    why = "its job was told to leave, or its process was killed"
    assert sorted(said) == [f"{name}/seed0: {why}; it goes on from its last checkpoint" for name in "ab"]
    assert [(tmp_path / name / "seed0/count.txt").read_text() for name in "ab"] == ["2", "2"]
    assert not (tmp_path / "a/seed0/.slurm").exists()


@submitit
def test_jobs_of_slurm_ask_for_what_the_task_needs(tmp_path, slurm):
    address = "partition=gpu,time=2:00:00,mem=32,account=mine"
    tasks = [
        task(tmp_path / "a/seed0", 'print(json.dumps({"run": 0, "kind": "one"}))', threads=3),
        task(tmp_path / "b/seed0", "sys.exit(5)", devices=("cuda:0",) * 4, threads=2, ranks=4),
    ]
    news = played(tasks, address)
    assert [one for one in news if isinstance(one, TaskEvent)] == [TaskEvent(0, {"run": 0, "kind": "one"})]
    assert {one.task: one.code for one in news if isinstance(one, Ended)} == {0: 0, 1: 5}
    scripts = [path.read_text() for path in sorted(slurm.glob("script*"))]
    for script in scripts:
        for line in ("partition=gpu", "time=120", "mem=32GB", "account=mine"):
            assert f"#SBATCH --{line}\n" in script
    assert "--cpus-per-task=3\n" in scripts[0] and "gpus" not in scripts[0]
    assert "--cpus-per-task=8\n" in scripts[1] and "--gpus-per-node=4\n" in scripts[1]


@submitit
def test_a_cluster_that_refuses_a_job(tmp_path, slurm):
    (slurm / "refuses").touch()
    with pytest.raises(SetupError, match=r"the job of a/seed0 cannot be submitted"):
        played([task(tmp_path / "a/seed0", "")], None)


@submitit
def test_what_the_cluster_has(slurm):
    there = SlurmExecutor("partition=gpu", print)
    assert there.resources() == Resources(cores=96, gpus=8)  # a node of several partitions stands there once for each
    assert "--partition=gpu" in (slurm / "asked").read_text()


JOB = """
import sys
from pathlib import Path
from ganzoo_plugins.slurm_executor.job import TaskJob
desk, folder, code = sys.argv[1:]
sys.exit(TaskJob(Path(desk), ("-P", "-c", code), (Path(folder),), {})())
"""


def started(tmp_path, code):
    (tmp_path / "desk").mkdir()
    (tmp_path / "run").mkdir()
    words = [str(tmp_path / "desk"), str(tmp_path / "run"), HEAD + code]
    return subprocess.Popen([sys.executable, "-c", JOB, *words])


WAITS = '(folder / "ready").touch()\ntime.sleep(600)'


@pytest.mark.parametrize("how", [signal.SIGUSR2, signal.SIGTERM, "leave"], ids=str)
def test_a_job_that_is_warned_has_its_process_leave_in_order(tmp_path, how):
    process = started(tmp_path, WAITS)
    end = time.monotonic() + 60
    while not (tmp_path / "run/ready").exists() and time.monotonic() < end:
        time.sleep(0.02)
    if how == "leave":
        (tmp_path / "desk/leave").touch()
    else:
        process.send_signal(how)
    assert process.wait(60) == 143
    assert (tmp_path / "run/left.txt").read_text() == "in order"
    assert (tmp_path / "desk/code").read_text() == "143"


def test_a_job_that_slurm_begins_again_after_its_end_does_nothing(tmp_path):
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk/code").write_text("143")
    words = [str(tmp_path / "desk"), str(tmp_path / "never"), ""]
    assert subprocess.run([sys.executable, "-c", JOB, *words]).returncode == 143


@submitit
def test_jobs_of_a_bench_that_was_killed_leave_first(tmp_path):
    process = started(tmp_path, WAITS)
    one = task(tmp_path / "a/seed0", "")
    (tmp_path / "a/seed0/.slurm").mkdir()
    while not (tmp_path / "run/ready").exists():
        time.sleep(0.02)
    (tmp_path / "a/seed0/.slurm/job1").symlink_to(tmp_path / "desk")
    assert played([one]) == [Ended(0, 0)]
    assert process.wait(60) == 143


def warn_once(run):
    """Do as Slurm's warning does, once the run has begun to train: its process is told to leave."""
    end = time.monotonic() + 120
    while not ((run / "metrics.jsonl").exists() and rows_in(run / "metrics.jsonl")) and time.monotonic() < end:
        time.sleep(0.01)
    (run / ".slurm/job1/leave").touch()


@pytest.mark.slow
@submitit
def test_a_bench_whose_job_is_ended_halfway_has_the_numbers_of_the_local_executor(tmp_path):
    words = ["bench", "dcgan", "--budget", "2kimg", "--samples", "64", "--evaluations", "1", "--replicates", "0"]
    words += ["--threads", "1", "--device", "cpu", "--seeds", "1", "--examine", "none"]
    words += [word for edit in SMALL for word in ("-o", edit)]
    ganzoo_here(*words, "--out", "here", cwd=tmp_path)
    run = tmp_path / "jobs/dcgan/seed0"
    warning = threading.Thread(target=warn_once, args=(run,))
    warning.start()
    jobs = ["--executor", "slurm", "--executor-address", "cluster=local", "--out", "jobs"]
    done = ganzoo_here(*words, *jobs, cwd=tmp_path)
    warning.join()
    said = " ".join((done.stdout + done.stderr).split())
    assert "dcgan/seed0: its job was told to leave" in said
    times = ("seconds", "cpu_seconds", "timed_kimg", "images_per_second")

    def rows(folder):
        found = rows_in(folder / "metrics.jsonl")
        return [{key: value for key, value in row.items() if key not in times} for row in found]

    assert rows(tmp_path / "here/dcgan/seed0") == rows(run)
    assert json.loads((run / "result.json").read_text())["status"] == "done"
    assert not (run / ".slurm").exists()
