"""Seeds that share a process."""

import json

import pytest
import torch
from small_benches import result_in, specs, start_run, start_runs

from ganzoo.bench.execution.interleaved import InterleavedRuns, StoppedError
from ganzoo.bench.execution.pool import Job
from ganzoo.bench.play import _groups
from ganzoo.bench.runs.run import Run
from ganzoo.testing.playing.tape import Tape
from ganzoo.training.checkpoints import checkpoint
from ganzoo.training.execution.replay import Replays
from ganzoo.training.joint import Joint

SEEDS = (0, 1, 2)


def weights(folder):
    newest = checkpoint.checkpoints(folder / "checkpoints")[0]
    return json.loads((newest / "manifest.json").read_text())["state.safetensors"]


def numbers(result):
    return [{key: row[key] for key in ("kimg", "metrics")} for row in result["evaluations"]]


def three(recipe, **changes):
    return specs(recipe, seeds=SEEDS, kimg=0.5, extractor="digits", metrics=("fid",), **changes)


@pytest.mark.parametrize("recipe", ["dcgan", "tutorial-dcgan"])  # the second draws from torch's own generator
def test_each_has_the_numbers_that_it_has_alone(tmp_path, recipe):
    runs = three(recipe)
    alone = [start_run(tmp_path / f"alone{spec.seed}", spec).play() for spec in runs]
    torch.rand(3)  # whatever else the process draws
    shared = start_runs([tmp_path / f"shared{spec.seed}" for spec in runs], runs).play_all()
    assert [r["status"] for r in shared] == ["done"] * 3
    assert [numbers(r) for r in shared] == [numbers(r) for r in alone]
    assert len({weights(tmp_path / f"alone{seed}") for seed in SEEDS}) == 3
    for seed in SEEDS:
        assert weights(tmp_path / f"shared{seed}") == weights(tmp_path / f"alone{seed}")
    assert [r["engine"]["together"] for r in alone + shared] == [1] * 3 + [3] * 3


def test_stopped_they_all_go_on(tmp_path):
    runs = three("dcgan", checkpoint_seconds=1e9)
    whole = start_runs([tmp_path / f"whole{spec.seed}" for spec in runs], runs)
    whole.play_all()
    folders, looks = [tmp_path / f"parts{spec.seed}" for spec in runs], []

    def stop():
        looks.append(1)
        return len(looks) > 7

    with pytest.raises(StoppedError):
        start_runs(folders, runs, stop).play_all()
    assert [result_in(folder) for folder in folders] == [None] * 3
    start_runs(folders, runs).play_all()
    for seed in SEEDS:
        assert weights(tmp_path / f"parts{seed}") == weights(tmp_path / f"whole{seed}")


def test_stopped_one_that_diverged_keeps_no_other_from_its_checkpoint(tmp_path):
    runs = three("dcgan", checkpoint_seconds=1e9)
    folders, looks = [tmp_path / f"seed{spec.seed}" for spec in runs], []

    def stop():
        looks.append(1)
        return len(looks) > 2

    started = start_runs(folders, runs, stop)
    make = started._make

    def diverges(number):
        run = make(number)
        if number == 0:
            begin = run.begin
            run.begin = lambda: (begin(), run.trainer.sums.fill_(float("nan")))
            run.intervals["row"] = 10_000  # nobody looks at the losses before the stop
        return run

    started._make = diverges
    with pytest.raises(StoppedError):
        started.play_all()
    assert result_in(folders[0])["status"] == "diverged"
    assert [result_in(folder) for folder in folders[1:]] == [None, None]
    newest = [checkpoint.step_of(checkpoint.checkpoints(folder / "checkpoints")[0]) for folder in folders]
    assert newest[0] == 0 < min(newest[1:])  # what it began with


def test_one_that_ends_badly_leaves_the_others_alone(tmp_path):
    (good,) = specs(kimg=0.5)
    (wild,) = specs("wgan", kimg=0.5, overrides=("schedule.batch=16", "d_optimizer.lr=1e38", "regularizers=[]"))
    (broken,) = specs("dcgan", kimg=0.5)
    folders = [tmp_path / name for name in ("broken", "wild", "good")]
    started = start_runs(folders, [broken, wild, good])
    make = started._make

    def breaks(number):
        run = make(number)
        if number == 0:
            run.trainer.step = lambda: 1 / 0
        return run

    started._make = breaks
    results = started.play_all()
    assert [r["status"] for r in results] == ["failed", "diverged", "done"]
    assert results[0]["reason"] == "ZeroDivisionError: division by zero (see log.txt in the run's folder)"
    alone = start_run(tmp_path / "alone", good).play()
    assert alone["status"] == "done" and weights(tmp_path / "alone") == weights(folders[2])


def test_what_one_does_beside_training_is_in_nobodys_time(tmp_path):
    runs = three("dcgan")
    started = start_runs([tmp_path / f"seed{spec.seed}" for spec in runs], runs)
    make, slept = started._make, 0.5

    def slow(number):
        import time

        run = make(number)
        score = run.session.score
        run.session.score = lambda *given, **named: time.sleep(slept) or score(*given, **named)
        return run

    started._make = slow
    for result in started.play_all():
        assert result["evaluation_seconds"] >= 2 * slept
        assert result["seconds"] + result["warmup_seconds"] < 6 * slept


def test_seeds_of_a_recipe_are_grouped_in_order(tmp_path):
    runs = specs("dcgan", "wgan-gp", seeds=(0, 1, 2))
    jobs = [Job(tmp_path, spec) for spec in runs]

    def named(together):
        return [[f"{job.spec.name} {job.spec.seed}" for job in group] for group in _groups(jobs, together)]

    assert named(1) == [["dcgan 0"], ["wgan-gp 0"], ["dcgan 1"], ["wgan-gp 1"], ["dcgan 2"], ["wgan-gp 2"]]
    assert named(2) == [["dcgan 0", "dcgan 1"], ["wgan-gp 0", "wgan-gp 1"], ["dcgan 2"], ["wgan-gp 2"]]
    assert named(9) == [["dcgan 0", "dcgan 1", "dcgan 2"], ["wgan-gp 0", "wgan-gp 1", "wgan-gp 2"]]


# -- one recording for all, on a tape that does what a CUDA graph does ---------------------------------------------


class Jointly:
    """Makes runs play jointly as on a GPU, and remembers what was recorded by whom."""

    def __init__(self, monkeypatch, started, recorder=Tape):
        self.joints, self.trainers = [], []
        make = started._make

        def made(number):
            run = make(number)
            run.trainer.replays = Replays(Tape())
            self.trainers.append(run.trainer)
            return run

        def joint(together):
            self.joints.append(Joint(recorder()))
            self.joints[-1].replays.around = together._all_capturing
            return self.joints[-1]

        started._make = made
        monkeypatch.setattr(InterleavedRuns, "_made_joint", joint)


def jointly(monkeypatch, folders, runs, stop=lambda: False, **how):
    started = start_runs(folders, runs, stop)
    return started, Jointly(monkeypatch, started, **how)


@pytest.mark.parametrize("recipe", ["tutorial-dcgan", pytest.param("r3gan", marks=pytest.mark.slow), "wgan-gp"])
def test_played_jointly_each_has_the_numbers_that_it_has_alone(tmp_path, monkeypatch, recipe):
    runs = three(recipe)
    alone = [start_run(tmp_path / f"alone{spec.seed}", spec).play() for spec in runs]
    started, seen = jointly(monkeypatch, [tmp_path / f"shared{spec.seed}" for spec in runs], runs)
    shared = started.play_all()
    assert [r["status"] for r in shared] == ["done"] * 3
    assert [numbers(r) for r in shared] == [numbers(r) for r in alone]
    for seed in SEEDS:
        assert weights(tmp_path / f"shared{seed}") == weights(tmp_path / f"alone{seed}")
    assert seen.joints[0].replays.recorded and not seen.joints[0].why_apart
    assert [trainer.replays.recorded for trainer in seen.trainers] == [0, 0, 0]
    assert all(r["capture_seconds"] > 0 for r in shared)


def test_of_runs_at_different_steps_each_combination_of_kinds_is_recorded(tmp_path, monkeypatch):
    runs = specs("dcgan", seeds=(0, 1), kimg=1.0, checkpoint_seconds=1e9)
    for spec in runs:
        start_run(tmp_path / f"whole{spec.seed}", spec).play()
    folders, looks = [tmp_path / f"parts{spec.seed}" for spec in runs], []

    def stop():
        looks.append(1)
        return len(looks) > 6  # the second goes on three steps behind the first

    for folder, spec, start in zip(folders, runs, (0, 3), strict=True):
        looks[:] = [1] * start
        with pytest.raises(StoppedError):
            start_run(folder, spec, stop).play()
    started, seen = jointly(monkeypatch, folders, runs)
    started.play_all()
    for seed in (0, 1):
        assert weights(tmp_path / f"parts{seed}") == weights(tmp_path / f"whole{seed}")
    # of four steps in a row each measures one; they are measured at different steps
    assert seen.trainers[0].norms.every == 4
    assert len(looks) and seen.trainers[0].replays.recorded == 0


def test_the_others_play_on_jointly_when_one_of_them_is_gone(tmp_path, monkeypatch):
    runs = three("tutorial-dcgan")
    for spec in runs[1:]:
        start_run(tmp_path / f"alone{spec.seed}", spec).play()
    folders = [tmp_path / f"shared{spec.seed}" for spec in runs]
    started, seen = jointly(monkeypatch, folders, runs)
    make, recorded = started._make, []

    def diverges(number):
        run = make(number)
        if number == 0:
            look = run.look

            def checked():
                if run.trainer.steps >= 9:
                    recorded.append(seen.joints[0].replays.recorded)
                    run.trainer.sums.fill_(float("nan"))
                    run.session.require_finite_losses()
                look()

            run.look, type(run).quiet = checked, property(lambda self: False)
        return run

    monkeypatch.setattr(Run, "quiet", Run.quiet)
    started._make = diverges
    results = started.play_all()
    assert [r["status"] for r in results] == ["diverged", "done", "done"]
    assert recorded[0] and seen.joints[0].replays.recorded
    for seed in SEEDS[1:]:
        assert weights(tmp_path / f"shared{seed}") == weights(tmp_path / f"alone{seed}")


class Breaks(Tape):
    """Breaks off in the midst of the second branch."""

    def record(self, branches):
        branches = list(branches)
        for branch in branches[:2]:
            with branch.playing():
                torch.rand(3)
                for generator in branch.generators:
                    torch.rand(3, generator=generator)
        raise RuntimeError("CUDA error: operation not permitted when stream is capturing")


def test_what_cannot_be_recorded_jointly_is_recorded_run_by_run(tmp_path, monkeypatch):
    runs = three("tutorial-dcgan")
    for spec in runs:
        start_run(tmp_path / f"alone{spec.seed}", spec).play()
    folders = [tmp_path / f"shared{spec.seed}" for spec in runs]
    started, seen = jointly(monkeypatch, folders, runs, recorder=Breaks)
    assert [r["status"] for r in started.play_all()] == ["done"] * 3
    assert seen.joints[0].why_apart.startswith(
        "their steps cannot be captured together: CUDA error: operation not permitted when stream is capturing ("
    )
    assert all(trainer.replays.recorded for trainer in seen.trainers)
    for seed in SEEDS:
        assert weights(tmp_path / f"shared{seed}") == weights(tmp_path / f"alone{seed}")
