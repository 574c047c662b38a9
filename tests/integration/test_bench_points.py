"""Runs and a bench of points: samples, pictures, scores and the data's own defaults."""

import json
import math

import pytest
import torch
from click.testing import CliRunner
from ganzoo_plugins.mixtures.dataset import Ring
from printed_json import read_printed
from small_benches import ganzoo_here, specs

from ganzoo.bench.runs.session import TrainingSession
from ganzoo.cli import cli
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache

RECIPE = """
title: points
generator: {name: mlp, z_dim: 2, width: 8, depth: 1, output: linear}
discriminator: {name: mlp, width: 8, depth: 1}
loss: non-saturating
g_optimizer: {name: adam, lr: 1e-3, betas: [0.5, 0.999]}
d_optimizer: {name: adam, lr: 1e-3, betas: [0.5, 0.999]}
schedule: {batch: 50, ema: 0}
"""


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "points.yaml"
    path.write_text(RECIPE)
    return str(path)


def ring_specs(recipe, **changes):
    return specs(recipe, **{"dataset": "ring", "extractor": None, "overrides": (), "samples": None, **changes})


def test_the_data_say_how_they_are_evaluated(recipe):
    (spec,) = ring_specs(recipe)
    assert (spec.extractor, spec.metrics, spec.samples) == ("ring", ("modes", "high-quality", "reverse-kl"), 2500)
    assert spec.identity["extractor"] == "ring"
    (asked,) = ring_specs(recipe, metrics=("fid",), samples=30)
    assert (asked.extractor, asked.metrics, asked.samples) == ("ring", ("fid",), 30)
    (silent,) = ring_specs(recipe, extractor="none")
    assert (silent.extractor, silent.metrics, silent.samples) == (None, (), 2500)


def test_images_are_evaluated_as_ever():
    (plain,) = specs("dcgan", dataset="digits", extractor=None, samples=None)
    (asked,) = specs("dcgan", dataset="digits", extractor="digits", samples=1797, metrics=("fid", "is"))
    assert (plain.extractor, plain.metrics, plain.samples) == ("digits", ("fid", "is"), 1797)
    assert plain.key == asked.key


@pytest.fixture
def session(recipe):
    (spec,) = ring_specs(recipe, samples=300)
    return TrainingSession(spec, load_zoo(third_party=False), Cache.open())


def test_a_session_draws_and_scores_points(session):
    points = session.pictures(70)
    assert (points.shape, points.dtype) == ((70, 2, 1, 1), torch.float32)
    assert torch.equal(points, session.pictures(70))
    rounded = (points * 127.5).round() / 127.5
    assert not torch.allclose(points, rounded, atol=1e-4)  # nothing was quantised
    drawn = {}
    numbers = session.score(300, pictures=drawn)
    assert session.score(300) == numbers
    assert numbers.keys() == {"modes", "high-quality", "reverse-kl"}
    assert drawn.keys() == {"modes"} and drawn["modes"].startswith(b"\x89PNG")


def test_a_session_shows_the_first_of_the_real_points(session):
    real = Ring().read({}).pixels
    assert session.real(250).numpy().tobytes() == real[:250].tobytes()
    assert len(session.real(200_000)) == 100_000


def test_points_that_are_shown_as_they_are_score_as_the_real_ones(session):
    real = session.real(2500)
    rest = iter(real.split(500))
    numbers = session.evaluator.score(lambda n: next(rest), 2500, session.reference)
    assert numbers["modes"] == 8
    assert numbers["high-quality"] == pytest.approx(100 * (1 - math.exp(-4.5)), abs=1)
    assert 0 <= numbers["reverse-kl"] < 0.01


def test_a_bench_of_points_from_end_to_end(recipe, tmp_path):
    words = ["bench", recipe, "--data", "ring", "--seeds", "1", "--budget", "1kimg", "--evaluations", "2"]
    words += ["--device", "cpu", "--threads", "1", "--out", "b", "--json"]
    results = json.loads(ganzoo_here(*words, cwd=tmp_path).stdout)
    (run,) = results["runs"]
    assert run["status"] == "done"
    assert results["samples"] == 2500
    assert [column["label"] for column in results["columns"]] == ["modes", "high quality %", "reverse KL"]
    assert results["real"]["modes"] == 8
    assert results["floor"]["reverse-kl"] < 0.001
    pictures = {path.name for path in (tmp_path / "b" / run["folder"] / "samples").iterdir()}
    assert {"kimg-000001.000.png", "modes-kimg-000001.000.png"} <= pictures
    printed = ganzoo_here("eval", f"b/{run['folder']}", "--json", cwd=tmp_path).stdout
    scored = read_printed("ganzoo eval RUN --json", printed)
    assert scored["metrics"] == run["metrics"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--data", "ring", "--extractor", "inception"],
            "the extractor inception sees images, and the data are points",
        ),
        (["--data", "ring", "--extractor", "digits", "--metrics", "fid"], "use --extractor grid or ring"),
        (["--data", "digits", "--extractor", "ring"], "ring sees points of 2 numbers, and the data are images"),
        (
            ["--data", "digits", "--metrics", "fid,modes"],
            "the metric 'modes' reads mode, which the extractor digits does not give; use --extractor stacked-mnist",
        ),
        (["--data", "digits", "--metrics", "high-quality"], "the metric 'high-quality' reads quality, which"),
    ],
)
def test_what_does_not_fit_is_refused_before_training(recipe, tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["bench", recipe, "--device", "cpu", "--out", "b", *words])
    assert done.exit_code == 2
    assert message in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "b").exists()


def test_of_several_recipes_that_refuse_the_data_each_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, ["bench", "sngan", "r3gan", "--device", "cpu", "--out", "b", "--data", "ring"])
    assert done.exit_code == 2
    assert "recipe 'sngan'" in done.stderr and "recipe 'r3gan'" in done.stderr
    assert not (tmp_path / "b").exists()


def test_help_says_whose_the_defaults_are():
    text = " ".join(CliRunner().invoke(cli, ["bench", "--help"]).output.split())
    assert "[default: the data's own, of most fid,is]" in text
    assert "[default: the data's own number, or as many as there are real ones, 50,000 at most]" in text
