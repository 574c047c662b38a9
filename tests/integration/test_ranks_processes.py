"""Ranks that are processes, through gloo: the same numbers, a killed one, and runs that go on with other ranks."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from ganzoo_plugins.losses.relativistic_average import RelativisticAverage
from rank_processes import game, played
from repository import ROOT
from small_benches import SMALL, environment, ganzoo_here, result_in, specs

from ganzoo.bench.execution.executing import local
from ganzoo.bench.execution.pool import Job, Pool
from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.bench.runs.environment import environment as environment_of
from ganzoo.bench.runs.ranks.others import Others
from ganzoo.errors import RecipeError
from ganzoo.interfaces import Task
from ganzoo.layers import whole_batch
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.training.checkpoints import checkpoint

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found by /proc")
PLAIN = ["gan", "ns-gan", "cgan", "r3gan", "ada"]
STATISTICS = ["wgan-gp", "r1-gan", "sngan"]
PRIVATE = "dp-gan:regularizers.dp-sgd.keep=0.5"  # whose coins and noise are those of the whole batch
# A game of each kind beside them: classes, a statistic of a batch, a balance, lazy terms with noise and style mixing,
# packs of rows, cycles of pairs, waves; what ranks say to each other of every part is tried by its conformance.
KINDS = ["acgan", "rasgan", "began", "stylegan2", "infogan", "pacgan", "ctgan", "cyclegan", "wave-heads", "logan"]


@pytest.fixture(scope="module")
def registry():
    return load_zoo(third_party=False).registry


def forked(folder, count, steps, names, device="cpu"):
    """What each of so many processes made of these recipes."""
    script = ROOT / "tests" / "support" / "rank_processes.py"
    subprocess.run(
        [sys.executable, "-P", script, folder, device, str(count), str(steps), *names],
        env=environment(PYTHONPATH=os.pathsep.join([environment()["PYTHONPATH"], str(script.parent)])),
        check=True,
        timeout=300,
    )
    return [torch.load(folder / f"{count}-{number}.pt") for number in range(count)]


def narrow(name):
    """A recipe with players as narrow as they go."""
    return f"{name}:generator.width=8:discriminator.width=8"


def calm(name):
    """Adam divides a gradient by its size: where it is 0 but for rounding, its sign decides, unless eps is larger."""
    return f"{name}:g_optimizer.eps=1.0e-3:d_optimizer.eps=1.0e-3"


@pytest.fixture(scope="module")
def two(registry, tmp_path_factory):
    """Recipes of every kind, two steps each, by two processes."""
    calmed = [calm(narrow(name)) for name in (*PLAIN, *STATISTICS, PRIVATE)]
    return forked(tmp_path_factory.mktemp("two"), 2, 2, [*map(narrow, KINDS), *calmed])


def unlike(a, b):
    return [key for key in a if not torch.equal(a[key].nan_to_num(7.0), b[key].nan_to_num(7.0))]


@pytest.mark.slow
def test_after_each_recipe_all_ranks_hold_the_same(two):
    first, second = two
    assert first.keys() == second.keys() >= set(map(narrow, KINDS))
    assert {name: of for name, of in first.items() if isinstance(of, str)} == {}
    found = {name: bad for name, (_, held) in first.items() if (bad := unlike(held, second[name][1]))}
    assert found == {}


def require_game_of_one(registry, name, found, steps, within):
    for theirs, one in zip(found, played(game(registry, name), steps), strict=True):
        torch.testing.assert_close(theirs, one, atol=within, rtol=within)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*PLAIN, *STATISTICS, PRIVATE])
def test_processes_play_the_game_of_one(registry, two, name):
    within = 1e-5 if name in PLAIN else 1e-4
    name = calm(narrow(name))
    require_game_of_one(registry, name, two[1][name], 2, within)


@pytest.mark.slow
def test_four_processes_as_well(registry, tmp_path):
    names = [calm(narrow(name)) for name in ("gan", "cgan", "ada")]
    every = forked(tmp_path, 4, 2, names)
    for name in names:
        require_game_of_one(registry, name, every[3][name], 2, 1e-5)
        assert [unlike(every[0][name][1], other[name][1]) for other in every[1:]] == [[], [], []]


@pytest.fixture
def two_gpus():
    if (count := torch.cuda.device_count()) < 2:
        pytest.skip(f"needs two CUDA GPUs, and torch sees {count}")


@pytest.mark.gpu
def test_two_gpus_play_the_game_of_one(registry, tmp_path, two_gpus):
    names = ["dcgan", "r3gan", "ada:regularizers.ada.p=0.6", "wgan-gp", "rasgan", "tutorial-dcgan"]
    every = forked(tmp_path, 2, 6, [calm(name) for name in names], "cuda")  # each kind of step is replayed
    for name in map(calm, names):
        losses, _ = played(game(registry, name, device="cuda"), 6)
        torch.testing.assert_close(every[1][name][0], losses, rtol=2e-2, atol=1e-4)
        assert unlike(every[0][name][1], every[1][name][1]) == []


@pytest.mark.gpu
def test_a_run_on_two_gpus_is_captured(tmp_path, two_gpus):
    out = tmp_path / "out"
    ganzoo_here(*words(out, 2, "1kimg", "--device", "cuda"), cwd=tmp_path)
    engine = result_in(run_of(out))["engine"]
    assert (engine["ranks"], engine["replayed"], engine["why_eager"]) == (2, True, None)


# -- through the bench ---------------------------------------------------------------------------------------------


def words(out, ranks, budget="1kimg", *more):
    small = [word for edit in SMALL for word in ("-o", edit)]
    settings = ["--seeds", "1", "--budget", budget, "--extractor", "none", "--examine", "none", "--threads", "1"]
    settings += ["--device", "cpu", "--evaluations", "2", "--checkpoint-every", "0.2", "--gpus-per-run", str(ranks)]
    return ["bench", "dcgan", *small, *settings, "--out", str(out), *more]


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to it"
        time.sleep(0.02)


def begun(cwd, out, ranks, budget):
    """A bench that has written two checkpoints and plays on."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "ganzoo", *words(out, ranks, budget)],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wait_for(lambda: len(checkpoint.checkpoints(run_of(out) / "checkpoints")) >= 2)
    return process


def run_of(out):
    return out / "dcgan" / "seed0"


def state_of(out):
    tensors, _ = checkpoint.newest(run_of(out) / "checkpoints")
    return tensors


@pytest.mark.slow
def test_a_run_goes_on_with_another_number_of_ranks(tmp_path):
    """Stopped by SIGTERM in its midst, either way; the state is that of a run that was never stopped."""
    ganzoo_here(*words(tmp_path / "whole", 1, "3kimg"), cwd=tmp_path)
    whole = state_of(tmp_path / "whole")
    for first, then in ((2, 1), (1, 2)):
        out = tmp_path / f"{first}-{then}"
        process = begun(tmp_path, out, first, "3kimg")
        assert len(processes_of(out)) == first + 1  # and the one that they are forks of
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 143, said
        assert result_in(run_of(out)) is None and processes_of(out) == []
        ganzoo_here(*words(out, then, "3kimg"), cwd=tmp_path)
        result = result_in(run_of(out))
        assert (result["status"], result["engine"]["ranks"]) == ("done", then)
        assert result["engine"]["batch_stats"] == ("synced" if then == 2 else None)
        held = state_of(out)
        assert held.keys() == whole.keys()
        unlike = [key for key in whole if not torch.allclose(held[key].double(), whole[key].double(), atol=5e-2)]
        assert unlike == []  # rounding, grown by hundreds of steps; a wrong step moves weights by ten times that


def processes_of(folder):
    """The processes whose standard error is a log below this folder: all ranks of its runs among them."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it went while it was looked at, or is somebody else's
            if (place / "fd" / "2").readlink().is_relative_to(folder):
                found.append(int(place.name))
    return found


@pytest.fixture
def endless():
    (spec,) = specs(kimg=10_000.0)
    return spec.changed(ranks=2, checkpoint_seconds=0.0)


def children_of(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def playing(folder, spec):
    """A run, started as a pool starts it."""
    folder.mkdir()
    spec.write(folder)
    task = Task(
        (folder,), ("-P", "-c", "from ganzoo.bench.execution.worker import main; main()"), ("cpu",), 1, folder / "cache"
    )
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *task.command, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment(GANZOO_CACHE=os.environ["GANZOO_CACHE"]),
        )
    wait_for(lambda: checkpoint.checkpoints(folder / "checkpoints"))
    return process


def result_told(process):
    """The result, whose process ends by itself: the end of its standard input would tell it to leave."""
    said = process.stdout.read()
    process.communicate(timeout=120)
    events = [json.loads(line) for line in said.splitlines()]
    return next((event["result"] for event in events if event["kind"] == "result"), None)


@pytest.mark.slow
def test_a_killed_rank_ends_the_run_with_a_sentence_and_leaves_its_checkpoint(tmp_path, endless):
    process = playing(tmp_path / "run", endless)
    (other,) = children_of(process.pid)
    os.kill(other, signal.SIGKILL)
    result = result_told(process)
    assert process.returncode == 1
    assert result["status"] == "failed" and result == result_in(tmp_path / "run")
    assert result["reason"] == (
        "rank 1 of 2 was killed (SIGKILL; the system may have been out of memory), and the run ended with it; the same "
        "command goes on from the last checkpoint"
    )
    assert checkpoint.newest(tmp_path / "run" / "checkpoints") is not None


@pytest.mark.slow
def test_when_the_first_rank_is_killed_the_others_leave(tmp_path, endless):
    process = playing(tmp_path / "run", endless)
    (other,) = children_of(process.pid)
    process.kill()
    process.communicate(timeout=120)
    wait_for(lambda: not Path(f"/proc/{other}").exists())


def test_a_rank_that_does_not_answer_is_given_up(tmp_path, monkeypatch):
    """It is stopped, and so neither gone nor there; the first one waits no longer than its patience."""
    from datetime import timedelta

    from ganzoo.bench.runs.ranks.others import RankLostError
    from ganzoo.training.ranks import group

    monkeypatch.setattr(group.ProcessRanks.__init__, "__kwdefaults__", {"patience": timedelta(seconds=1)})

    def idles(number, count, folder, orders):
        import torch.distributed as dist

        with os.fdopen(orders, "rb", buffering=0) as pipe:
            store = dist.TCPStore("127.0.0.1", int(pipe.readline()), count, is_master=False)
            group.ProcessRanks(number, count, store, torch.device("cpu"))
            pipe.read(1)
            time.sleep(60)

    others = Others(tmp_path, 2, idles)
    try:
        ranks = others.join(torch.device("cpu"))
        with pytest.raises(RankLostError, match="the 2 ranks of the run lost each other"), others.step():
            ranks.add_(torch.ones(1))
    finally:
        ranks.close()
        monkeypatch.setattr("ganzoo.bench.runs.ranks.others.GRACE_SECONDS", 0.5)
        others.close()


# -- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["-o", "schedule.batch=15"], "recipe 'dcgan' cannot be played by 2 ranks: schedule.batch is 15, and must be"),
        (["--together", "2"], "--together plays several runs in one process, and --gpus-per-run one run in several"),
        (["--compile"], "--compile makes networks for one process"),
        (["--profile"], "--profile measures steps on one device"),
    ],
)
def test_what_ranks_cannot_play_is_refused_in_a_sentence(tmp_path, more, sentence):
    done = ganzoo_here(*words(tmp_path / "out", 2, "1kimg", *more), cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert sentence in " ".join(done.stderr.split())
    assert not run_of(tmp_path / "out").exists()


def test_recipes_that_ranks_would_not_play_as_one_process_does_are_refused(monkeypatch):
    """One that says that it mixes samples, by what it says; and one that does not, by a trial."""
    with monkeypatch.context() as said:
        said.setattr(RelativisticAverage, "samples", "mixed")
        sentence = "recipe 'rasgan' cannot be played by 2 ranks: loss 'relativistic-average' looks at the samples of a"
        with pytest.raises(RecipeError, match=sentence):
            specs("rasgan", gpus_per_run=2)
    monkeypatch.setattr(whole_batch, "current", lambda: None)
    with pytest.raises(
        RecipeError, match="by 2 ranks: d_loss of loss 'relativistic-average' of a batch played in 2 sh"
    ):
        specs("rasgan", gpus_per_run=2)


def test_the_device_of_a_run_is_all_that_play_it():
    """So that costs, and budgets of minutes, do not compare with those of one."""
    one, two = (environment_of("cpu", 1, (), ranks=ranks)["device"] for ranks in (1, 2))
    assert two == f"{one} (2 processes a run)"


def test_numbers_of_local_statistics_are_another_identity(tmp_path):
    """With synchronised ones a run may go on with any number of ranks, and its key is that of one."""
    keys = {}
    for stats in ("synced", "local"):
        edits = (*SMALL, f"schedule.batch_stats={stats}")
        of_one, of_two = (specs(overrides=edits, gpus_per_run=ranks)[0] for ranks in (1, 2))
        keys[stats] = of_one.key == of_two.key
    assert keys == {"synced": True, "local": False}


def test_bundles_of_devices_are_handed_out(tmp_path, monkeypatch):
    """As many at a time as there are bundles, and no device twice."""
    (spec,) = specs()
    ended = SimpleNamespace(stdin=None, stdout=None, wait=lambda: 0, returncode=0)
    monkeypatch.setattr("ganzoo.bench.execution.local.LocalExecutor._process", lambda self, *given: ended)
    devices = [f"cuda:{k}" for k in range(5)]
    jobs = [Job(tmp_path / f"run{k}", spec.changed(ranks=2)) for k in range(2)]
    for job in jobs:
        job.folder.mkdir()
    pool = Pool(local(), None, devices, Cache.open(), lambda *event: None)
    for slot, job in enumerate(jobs):
        pool.executor._start(slot, pool._task([job]), slot)
    assert [RunSpec.read(job.folder).devices for job in jobs] == [("cuda:0", "cuda:1"), ("cuda:2", "cuda:3")]
    assert [RunSpec.read(job.folder).device for job in jobs] == ["cuda:0", "cuda:2"]
