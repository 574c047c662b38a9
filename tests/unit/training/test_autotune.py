"""``--autotune``: cuDNN's algorithms chosen by trial, in eager steps alone, and said with the number."""

import json

import fabricated_bench as fabricated
import pytest
import torch
from click.testing import CliRunner
from small_benches import request
from tiny_players import conv_trainer

from ganzoo.bench.plan import prepare
from ganzoo.bench.results.run_files.result import RunResult
from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.bench.tables.joining.compare import _difference
from ganzoo.bench.tables.notes import notes_below
from ganzoo.cli import cli
from ganzoo.interfaces import Resources
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.testing.playing.tape import Tape
from ganzoo.training.execution.autotune import by_trial
from ganzoo.training.execution.replay import Replays

ZOO = load_zoo(third_party=False)
NOTE = "cuDNN's algorithms chosen by trial: a seed played again may be rounded otherwise."


def trials(trainer, steps):
    """For each forward pass of D in each step, whether cuDNN may try; nothing where the step is replayed."""
    seen = []
    trainer.parts.D.register_forward_hook(lambda *given: seen[-1].append(torch.backends.cudnn.benchmark))
    for _ in range(steps):
        seen.append([])
        trainer.step()
    return seen


@pytest.mark.parametrize("before", [False, True])
def test_it_tries_in_eager_steps_and_never_in_a_capture(monkeypatch, before):
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", before)
    trainer = conv_trainer({"batch": 4, "ema": 0.0})
    trainer.norms.every = 0  # all steps are of one kind
    trainer.autotuned, trainer.replays = True, Replays(Tape())
    assert trials(trainer, 4) == [[True] * 3, [False] * 3, [], []]
    assert torch.backends.cudnn.benchmark is before


def test_without_it_the_setting_is_left_alone(monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    assert trials(conv_trainer({"batch": 4}), 2) == [[True] * 3] * 2


def test_what_breaks_puts_it_back(monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", False)
    with pytest.raises(ZeroDivisionError), by_trial(True):
        assert torch.backends.cudnn.benchmark
        1 / 0  # noqa: B018
    assert not torch.backends.cudnn.benchmark


def test_a_capture_that_breaks_is_no_longer_one():
    def breaks(branches):
        assert replays.recording
        raise RuntimeError("no")

    replays = Replays(Tape())
    replays.recorder.record = breaks
    with pytest.raises(RuntimeError, match="no"):
        replays.record("kind", [])
    assert not replays.recording


def planned(**wished):
    return prepare(request(threads=None, **wished), ZOO, Cache.open(), Resources(cores=8, gpus=2)).specs


def test_it_reaches_every_run_and_tells_its_result_from_others(tmp_path):
    plain, tuned = (planned(device="cuda", autotuned=wished) for wished in (False, True))
    assert {spec.autotuned for spec in tuned} == {True} and {spec.autotuned for spec in plain} == {False}
    assert all(a.key != b.key for a, b in zip(plain, tuned, strict=True))
    tuned[0].write(tmp_path)
    assert RunSpec.read(tmp_path) == tuned[0]


def test_runs_of_before_it_was_there_keep_their_key(tmp_path):
    (spec, *_) = planned(device="cuda")
    spec.write(tmp_path)
    written = json.loads((tmp_path / "run.json").read_text())
    del written["autotuned"]
    (tmp_path / "run.json").write_text(json.dumps(written))
    assert RunSpec.read(tmp_path) == spec and RunSpec.read(tmp_path).key == written["key"]


def test_the_command_line_asks_for_it_and_a_cpu_has_none_of_it():
    done = CliRunner().invoke(cli, ["bench", "dcgan", "--autotune", "--device", "cpu", "--extractor", "none"])
    assert done.exit_code == 3
    assert done.stderr == "Error: --autotune is for cuDNN on CUDA GPUs, and these runs are on cpu; leave it out\n"


def test_the_table_says_so():
    results = fabricated.results(fabricated.two_recipes())
    assert NOTE not in notes_below(fabricated.table_of(results), fabricated.read(results))
    results["runs"][0]["engine"] = {"autotuned": True}
    assert NOTE in notes_below(fabricated.table_of(results), fabricated.read(results))


def test_a_run_with_and_one_without_are_not_one():
    def played(key, **engine):
        given = {"recipe": "dcgan", "seed": 0, "status": "done", "key": key, "environment": {}, "engine": engine}
        return RunResult.parse(given, "result.json")

    other = played("b", compiled=False)
    autotuned, compiled = played("a", compiled=False, autotuned=True), played("a", compiled=True)
    assert _difference(autotuned, other) == "one was played with --autotune, the other without"
    assert _difference(compiled, other) == "one was played with --compile, the other without"
