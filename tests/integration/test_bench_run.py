"""One run in this process: what it writes, and how it ends."""

import json
import pickle
import shutil

import numpy as np
import pytest
import torch
from ganzoo_plugins.images.images import ImageModality
from ganzoo_plugins.images.points import PointModality
from PIL import Image
from run_files import ON_POINTS, last_weights, timeless
from small_benches import result_in, rows_in, specs, start_run

from ganzoo.bench.execution.interleaved import StoppedError
from ganzoo.bench.results.run_files.spec import RunSpec
from ganzoo.bench.runs.evaluation.again import score_again
from ganzoo.bench.runs.evaluation.pictures import picture_of_data
from ganzoo.drawing import grid_png
from ganzoo.errors import DataError, GanzooError
from ganzoo.models import load
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.cache import Cache
from ganzoo.training.checkpoints.checkpoint import checkpoints, newest, save


def drawn(folder, n=64, seed=0):
    """The picture that ``ganzoo sample`` writes, by a model that went to another process."""
    model = pickle.loads(pickle.dumps(load(folder, zoo=load_zoo(third_party=False))))
    return model.over_real(model.sample(n, seed=seed)).png()


def test_what_a_run_leaves(tmp_path):
    (spec,) = specs(kimg=2.0, extractor="digits", evaluations=2)
    events = []
    result = start_run(tmp_path, spec, events=events).play()
    assert result == result_in(tmp_path)
    assert result["status"] == "done" and result["reason"] is None
    assert result["kimg"] == 2.0 and result["d_steps"] == result["g_steps"] == 125
    assert result["samples"] == 64 and set(result["metrics"]) == {"fid", "is"}
    assert [e["kimg"] for e in result["evaluations"]] == [1.008, 2.0]
    assert result["evaluations"][-1]["metrics"] == result["metrics"]
    assert result["images_per_second"] == pytest.approx((2000 - 3 * 16) / result["seconds"], rel=1e-6)
    last = result["evaluations"][-1]
    assert last["timed_kimg"] == (2000 - 3 * 16) / 1000 and 0 < last["cpu_seconds"] < result["cpu_seconds"] + 0.001
    assert result["warmup_seconds"] > 0 and result["evaluation_seconds"] > 0 and result["peak_memory_mb"] > 50
    for evaluation in result["evaluations"]:
        with Image.open(tmp_path / evaluation["grid"]) as grid:
            assert grid.format == "PNG" and grid.size[0] == grid.size[1] > 8 * 8 * 8
    rows = rows_in(tmp_path / "metrics.jsonl")
    assert sum(row["kind"] == "evaluation" for row in rows) == 2
    training = [row for row in rows if row["kind"] == "train"]
    assert 60 <= len(training) <= 200
    assert training[-1]["kimg"] == 2.0 and all(isinstance(row["d_loss"], float) for row in training)
    environment = json.loads((tmp_path / "environment.json").read_text())
    assert environment == result["environment"]
    assert environment["kind"] == "cpu" and environment["threads"] == 1 and environment["torch"] == torch.__version__
    assert environment["plugins"]["dcgan"].startswith("ganzoo-core ")
    assert [event["kind"] for event in events[-2:]] == ["evaluation", "progress"]
    assert events[-1]["phase"] == "examining"
    assert any(e["kind"] == "progress" and e["phase"] == "training" for e in events)


def test_a_run_on_points_leaves_scatters_and_what_metrics_draw(tmp_path):
    (spec,) = specs("ns-gan", kimg=1.0, dataset="ring", extractor=None, samples=500, overrides=ON_POINTS)
    result = start_run(tmp_path, spec).play()
    assert result["status"] == "done", result["reason"]
    assert set(result["metrics"]) == {"modes", "high-quality", "reverse-kl"}
    assert [row["kimg"] for row in result["evaluations"]] == [0.5, 1.0]
    for row in result["evaluations"]:
        assert row["grid"] == f"samples/kimg-{row['kimg']:010.3f}.png"
        assert row["pictures"] == {"modes": f"samples/modes-kimg-{row['kimg']:010.3f}.png"}
        for path in (row["grid"], row["pictures"]["modes"]):
            with Image.open(tmp_path / path) as picture:
                assert picture.format == "PNG" and min(picture.size) > 500
    rows = [row for row in rows_in(tmp_path / "metrics.jsonl") if row["kind"] == "evaluation"]
    assert [row["pictures"] for row in rows] == [row["pictures"] for row in result["evaluations"]]

    picture = drawn(tmp_path, 2_500)
    assert picture == (tmp_path / rows[-1]["grid"]).read_bytes()
    assert drawn(tmp_path, 10, seed=1) != picture


def test_where_no_metric_draws_the_rows_are_as_they_were(tmp_path):
    (spec,) = specs(kimg=0.1, extractor="digits", evaluations=1)
    (row,) = start_run(tmp_path, spec).play()["evaluations"]
    assert set(row) == {"kimg", "d_steps", "seconds", "cpu_seconds", "timed_kimg", "metrics", "grid"}
    names = {path.name for path in (tmp_path / "samples").iterdir()}
    assert names == {row["grid"].removeprefix("samples/"), "interpolation.png"}
    picture = drawn(tmp_path, 64)
    assert picture == (tmp_path / row["grid"]).read_bytes()


def test_samples_are_drawn_where_data_and_cache_are_gone(tmp_path, monkeypatch):
    """A run holds all that its pictures are made of: the same bytes, on a machine that never saw the data."""
    pixels = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), dtype=np.uint8)
    for i, image in enumerate(pixels):
        (tmp_path / "data" / "ab"[i % 2]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(tmp_path / "data" / "ab"[i % 2] / f"{i}.png")
    monkeypatch.setenv("GANZOO_CACHE", str(tmp_path / "cache"))
    (spec,) = specs("cgan:schedule.batch=4", kimg=0.02, dataset=str(tmp_path / "data"), extractor="none", samples=20)
    result = start_run(tmp_path / "run", spec).play()
    assert result["status"] == "done", result["reason"]
    shutil.rmtree(tmp_path / "data")
    shutil.rmtree(tmp_path / "cache")
    picture = drawn(tmp_path / "run", 64)
    assert picture == (tmp_path / "run" / result["evaluations"][-1]["grid"]).read_bytes()
    with pytest.raises(GanzooError, match="data"):
        score_again(tmp_path / "run", load_zoo(third_party=False), Cache.open(), extractor="digits", metrics=("fid",))


def test_a_generator_whose_images_are_no_numbers_is_one_sentence(tmp_path):
    """As of a checkpoint that somebody made, or that was kept from a run that diverged."""
    (spec,) = specs(kimg=0.1, extractor="digits", evaluations=1)
    start_run(tmp_path, spec).play()
    path = checkpoints(tmp_path / "checkpoints")[0]
    tensors, values = newest(tmp_path / "checkpoints")
    broken = {key: torch.full_like(t, torch.nan) if t.is_floating_point() else t for key, t in tensors.items()}
    shutil.rmtree(tmp_path / "checkpoints")
    save(tmp_path / "checkpoints", int(path.name.removeprefix("step-")), broken, values)
    for look in (drawn, lambda folder: score_again(folder, load_zoo(third_party=False), Cache.open())):
        with pytest.raises(GanzooError, match=r"the generator's images hold NaN or infinite values at step \d+$"):
            look(tmp_path)


def test_points_whose_real_ones_are_gone_are_drawn_alone_and_that_is_said(tmp_path, monkeypatch, caplog):
    (spec,) = specs("ns-gan", kimg=0.2, dataset="ring", extractor=None, samples=100, overrides=ON_POINTS)
    start_run(tmp_path, spec).play()
    over_real = drawn(tmp_path, 2_500)

    def gone(*_, **__):
        raise DataError("no data here")

    monkeypatch.setattr("ganzoo.models.runs.images_of", gone)
    with caplog.at_level("WARNING"):
        assert drawn(tmp_path, 2_500) != over_real
    assert "drawn without the real points: no data here" in caplog.text


def test_the_real_pictures_are_the_same_each_time():
    points = torch.randn(4000, 2, 1, 1, generator=torch.Generator().manual_seed(0))
    modality = PointModality(2)
    assert picture_of_data(modality, {"x": points}) == picture_of_data(modality, {"x": points.clone()})
    images = (points.repeat(1, 1, 8, 8) * 40 + 128).clamp(0, 255).to(torch.uint8)
    pick = np.random.default_rng(0).permutation(4000)[:64]
    assert picture_of_data(ImageModality(8, 2), {"x": images}) == grid_png(images[pick].numpy())


def test_the_same_command_gives_the_same_numbers(tmp_path):
    (spec,) = specs(kimg=1.0, extractor="digits")
    a, b = (start_run(tmp_path / name, spec).play() for name in "ab")
    assert a["metrics"] == b["metrics"]
    assert timeless(rows_in(tmp_path / "a/metrics.jsonl")) == timeless(rows_in(tmp_path / "b/metrics.jsonl"))
    assert last_weights(tmp_path / "a") == last_weights(tmp_path / "b")


CHANGING = (
    "dcgan:g_optimizer.lr={shape: cosine, start: 2e-3, end: 0}:"
    "d_optimizer.betas.1={shape: linear, start: 0.9, end: 0.99}:"
    "regularizers=[{name: r1, weight: {shape: linear, start: 1, end: 0, over: 50%}}]:schedule.ema={halflife: 0.1}"
)


@pytest.mark.parametrize("recipe", ["dcgan", "wgan-gp", "tutorial-dcgan", "sngan", CHANGING])
def test_stopping_anywhere_changes_nothing(tmp_path, recipe):
    overrides = ("schedule.batch=16", "generator.width=4", "discriminator.width=4")
    (spec,) = specs(recipe, kimg=1.0, overrides=overrides, checkpoint_seconds=1e9)
    whole = start_run(tmp_path / "whole", spec).play()
    stops = [0, 1, 5]
    count = [0]

    def stop():
        count[0] += 1
        return bool(stops) and count[0] > stops[0]

    while True:
        run = start_run(tmp_path / "parts", spec, stop)
        count[0] = 0
        try:
            parts = run.play()
            break
        except StoppedError:
            stops.pop(0)
            torch.rand(7)
    assert not stops
    assert last_weights(tmp_path / "whole") == last_weights(tmp_path / "parts")
    assert timeless(rows_in(tmp_path / "whole/metrics.jsonl")) == timeless(rows_in(tmp_path / "parts/metrics.jsonl"))
    drop = (
        "seconds",
        "cpu_seconds",
        "warmup_seconds",
        "capture_seconds",
        "evaluation_seconds",
        "images_per_second",
        "peak_memory_mb",
        "evaluations",
        "history",
        "digests",
    )
    assert {k: v for k, v in whole.items() if k not in drop} == {k: v for k, v in parts.items() if k not in drop}
    assert timeless(whole["evaluations"]) == timeless(parts["evaluations"])
    assert whole["digests"]["state"] == parts["digests"]["state"]


def test_minutes_are_minutes_of_training(tmp_path):
    from ganzoo.bench.results.terms.budget import Budget

    (spec,) = specs(budget=Budget(minutes=1 / 60))
    result = start_run(tmp_path, spec).play()
    assert result["status"] == "done"
    assert 1.0 <= result["seconds"] < 3.0
    assert result["kimg"] > 0


@pytest.mark.parametrize("lr", ["1e30", "1e38"])
def test_numbers_that_are_none_end_the_run_as_diverged(tmp_path, lr):
    (spec,) = specs(
        "wgan",
        kimg=2.0,
        overrides=("schedule.batch=16", f"d_optimizer.lr={lr}", f"g_optimizer.lr={lr}", "regularizers=[]"),
    )
    result = start_run(tmp_path, spec).play()
    assert result["status"] == "diverged"
    assert "NaN" in result["reason"] or "infinite" in result["reason"]
    assert result["metrics"] is None
    assert result["kimg"] < 2.0
    assert result_in(tmp_path)["status"] == "diverged"
    json.loads((tmp_path / "result.json").read_text(), parse_constant=pytest.fail)  # no NaN in a file
    for row in rows_in(tmp_path / "metrics.jsonl"):
        assert row.get("d_loss", 0.0) == row.get("d_loss", 0.0)


def test_the_key_tells_runs_apart():
    base = specs()[0]
    keys = {base.key}
    for changes in (
        {"seeds": (1,)},
        {"kimg": 2.0},
        {"samples": 65},
        {"evaluations": 3},
        {"flips": True},
        {"extractor": "digits"},
    ):
        keys.add(specs(**changes)[0].key)
    keys.add(specs("dcgan", overrides=("schedule.batch=16",))[0].key)
    keys.add(specs("lsgan")[0].key)
    assert len(keys) == 9
    assert {specs(checkpoint_seconds=1.0)[0].key, specs(threads=2)[0].key, specs()[0].key} == {base.key}


def test_a_spec_survives_its_file(tmp_path):
    (spec,) = specs(extractor="digits", flips=True)
    spec.write(tmp_path)
    assert RunSpec.read(tmp_path) == spec
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(GanzooError, match=r"cannot read .*run\.json: it is cut off in line 1; .* with --fresh, plays"):
        RunSpec.read(tmp_path)
    (tmp_path / "run.json").write_text('{"schema": 99, "key": ""}')
    with pytest.raises(GanzooError, match=r"is of schema 99, and this version reads 1"):
        RunSpec.read(tmp_path)
    with pytest.raises(GanzooError, match=r"is no run: it holds no run\.json"):
        RunSpec.read(tmp_path / "none")
