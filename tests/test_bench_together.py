"""Seeds that share a process."""

import json

import pytest
import torch
from benches import specs, start_run, start_runs

from ganzoo.bench.play import _groups
from ganzoo.bench.pool import Job
from ganzoo.bench.spec import read_result
from ganzoo.bench.together import StoppedError
from ganzoo.game import checkpoint

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
    assert [read_result(folder) for folder in folders] == [None] * 3
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
            run.trainer.sums.fill_(float("nan"))
            run.row = 10_000  # nobody looks at the losses before the stop
        return run

    started._make = diverges
    with pytest.raises(StoppedError):
        started.play_all()
    assert read_result(folders[0])["status"] == "diverged"
    assert [read_result(folder) for folder in folders[1:]] == [None, None]
    assert [len(checkpoint.checkpoints(folder / "checkpoints")) for folder in folders] == [0, 1, 1]


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
        score = run.fitted.score
        run.fitted.score = lambda *given, **named: time.sleep(slept) or score(*given, **named)
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
