"""What only the end of a run has: spreads, examinations, the best evaluation judged again, and pictures."""

import json
import math

import pytest
import torch
from PIL import Image
from small_benches import ganzoo_here, result_in, specs, start_run

from ganzoo.bench.runs.evaluation.best import FRESH, Best
from ganzoo.bench.runs.evaluation.pictures import ROWS, STEPS, between, interpolations_of
from ganzoo.bench.runs.session import TrainingSession
from ganzoo.metrics import MetricColumn
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.training.checkpoints.checkpoint import newest


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    (spec,) = specs(
        kimg=2.0,
        extractor="digits",
        evaluations=3,
        replicates=4,
        examinations=("memorisation", "discriminator", "classification"),
        keeps_best=True,
    )
    return folder, spec, start_run(folder, spec).play()


def taken_up(folder, spec):
    session = TrainingSession(spec, load_zoo(third_party=False), Cache.open())
    tensors, values = newest(folder / "checkpoints")
    session.trainer.load_state(tensors, values["trainer"])
    return session, tensors, values


def test_the_end_of_a_run_says_how_sure_its_numbers_are(run):
    folder, _, result = run
    assert result["status"] == "done", result["reason"]
    assert result["spreads"].keys() == result["metrics"].keys() == {"fid", "is"}
    assert all(0 < spread < 100 for spread in result["spreads"].values())
    assert result == result_in(folder)
    without = start_run(folder.parent / "plain", specs(kimg=2.0, extractor="digits", evaluations=3)[0]).play()
    assert without["metrics"] == result["metrics"], "a closer look moves no number"
    assert without["spreads"] == {} and without["examinations"] == {} and without["best"] is None


def test_a_number_carries_all_that_it_depends_on(run):
    _, _, result = run
    assert result["identity"] == {
        "n_generated": 64,
        "n_real": 1797,
        "quantisation": "uint8",
        "judge_batch": 500,
        "batch_norm": "running statistics",
        "truncation": "none",
        "generator": "averaged",
        "flips": False,
        "labels": "none",
        "evaluation_noise": "a stream of the run's seed",
    }


def test_examinations_and_their_pictures_are_kept(run):
    folder, _, result = run
    assert result["examinations"].keys() == {"memorisation", "discriminator", "classification"}
    assert "conditional" in result["examinations"]["classification"]["skipped"]
    assert result["pictures"].keys() == {"memorisation", "interpolation"}
    for path in result["pictures"].values():
        with Image.open(folder / path) as picture:
            assert picture.format == "PNG" and min(picture.size) > 60
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert {row["kind"] for row in rows} == {"train", "look", "evaluation"}


def test_the_best_is_chosen_by_the_first_metric_and_judged_with_fresh_noise(run):
    folder, spec, result = run
    best = result["best"]
    chosen = min(result["evaluations"], key=lambda row: row["metrics"]["fid"])
    assert best["metric"] == "fid"
    assert (best["kimg"], best["optimistic"]) == (chosen["kimg"], chosen["metrics"])
    assert best["metrics"].keys() == {"fid", "is"} and best["metrics"] != best["optimistic"]
    session, tensors, values = taken_up(folder, spec)
    model = session.trainer.average.model
    model.load_state_dict({name: tensors[f"best.{name}"] for name in model.state_dict()})
    assert session.score(spec.samples, noise=FRESH) == best["metrics"]
    assert values["run"]["best"] == {"kimg": best["kimg"], "metrics": best["optimistic"]}


@pytest.mark.parametrize(("better", "kept"), [("lower", 1.0), ("higher", 3.0)])
def test_the_best_is_the_first_of_the_good_end_and_leaves_the_generator_as_it_was(run, better, kept):
    folder, spec, _ = run
    session, _, _ = taken_up(folder, spec)
    weight = next(session.trainer.average.model.parameters())
    own = weight.detach().clone()
    best = Best(MetricColumn("fid", "FD[digits]", better))
    assert best.evaluated_again(session, 64) is None
    for kimg, value in ((1.0, 5.0), (2.0, 7.0), (3.0, 9.0), (4.0, 9.0 if better == "higher" else 5.0)):
        with torch.no_grad():
            weight.fill_(kimg / 100)
        best.look(session, {"kimg": kimg, "metrics": {"fid": value}})
    assert best.found["kimg"] == kept
    tensors, found = best.state()
    name = next(name for name, _ in session.trainer.average.model.named_parameters())
    assert torch.equal(tensors[f"best.{name}"], torch.full_like(own, kept / 100))
    again = Best(MetricColumn("fid", "FD[digits]", better))
    again.load_state({**tensors, "G.other": own}, found)
    with torch.no_grad():
        weight.copy_(own)
    assert again.evaluated_again(session, 64)["kimg"] == kept
    assert torch.equal(weight, own)


def test_between_latents_the_way_is_a_great_circle_and_ends_at_both():
    one, other = torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    assert torch.allclose(between(one, other, 0.0), one) and torch.allclose(between(one, other, 1.0), other)
    half = 2.0 * torch.tensor([[math.sqrt(0.5), math.sqrt(0.5)]])
    assert torch.allclose(between(one, other, 0.5), half), "of length 2, at 45 degrees"
    assert torch.allclose(between(one, 2 * one, 0.5), 1.5 * one), "one direction: straight"
    assert torch.allclose(between(one, torch.zeros(1, 2), 1.0), torch.zeros(1, 2))
    assert between(one, -one, 0.5).isfinite().all()


def test_interpolations_are_the_same_each_time_and_start_and_end_at_images_of_the_generator(run):
    folder, spec, result = run
    session, _, _ = taken_up(folder, spec)
    png = interpolations_of(session)
    assert png == (folder / result["pictures"]["interpolation"]).read_bytes()
    with Image.open(folder / result["pictures"]["interpolation"]) as picture:
        across, down = picture.size
    assert across / STEPS == pytest.approx(down / ROWS, rel=0.05)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--examine", "memorization"), "'memorization' is no examination; did you mean 'memorisation'?"),
        (("--examine", "memory"), "'memory' is no examination; there are memorisation, discriminator, classification"),
        (("--examine", ","), "no examination is named"),
        (("--replicates", "-1"), "--replicates"),
        (("--replicates", "1"), "two half-samples at the least"),
    ],
)
def test_bad_options_are_refused(tmp_path, words, said):
    done = ganzoo_here("bench", "dcgan", *words, cwd=tmp_path, check=False)
    assert done.returncode == 2 and said in done.stderr + done.stdout
    assert not list(tmp_path.iterdir())
