"""The game and a run on a CUDA GPU."""

import pytest
import torch
from small_benches import specs, start_run, start_runs
from tiny_recipes import OF_OTHERS, played_on

from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.changing import some_budget
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.training import Trainer
from ganzoo.training.execution.layers import LayersStream
from ganzoo.training.execution.replay import CudaGraphs
from ganzoo.training.joint import Joint
from ganzoo.training.updates.ema import ExponentialMovingAverage

pytestmark = pytest.mark.gpu

ZOO = load_zoo(third_party=False)


RECIPES = [entry.name for entry in ZOO.registry.all("recipe")]


def trainer(name, device, *overrides, seed=0, **how):
    """A recipe on images of noise, or on the example of its modality with a batch of whole packs."""
    batch = 20 if name in OF_OTHERS else 16
    recipe = resolve(ZOO.registry, name, (f"schedule.batch={batch}", *overrides))
    how = {"seed": seed, "device": device, "budget": some_budget(recipe), **how}
    if name in OF_OTHERS:
        modality = next(iter(played_on(name).values()))()
        return Trainer(
            recipe, build_parts(recipe, ZOO.registry, modality=modality, seed=seed), modality.example(64), **how
        )
    parts = build_parts(recipe, ZOO.registry, image_size=8, channels=1, num_classes=10, seed=seed)
    images = torch.randint(0, 256, (64, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return Trainer(recipe, parts, images, torch.arange(64) % 10, **how)


def losses_of(made, steps):
    return [{key: value.clone() for key, value in made.step().items()} for _ in range(steps)]


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_goes_on_from_a_checkpoint(name):
    first = trainer(name, "cuda")
    for _ in range(2):
        losses = first.step()
    assert all(loss.device.type == "cuda" and bool(loss.isfinite()) for loss in losses.values())
    second = trainer(name, "cuda")
    second.load_state(*first.state())
    expected, found = first.step(), second.step()
    for key in expected:
        assert torch.allclose(expected[key], found[key], rtol=1e-3, atol=1e-5)


def test_the_same_images_in_the_same_order_as_on_a_cpu():
    on_cpu, on_gpu = trainer("dcgan", "cpu")._deal("D")[0], trainer("dcgan", "cuda")._deal("D")[0]
    assert torch.equal(on_cpu, on_gpu.cpu())


@pytest.mark.parametrize("name", RECIPES)
def test_replayed_steps_are_the_eager_ones(name):
    eager = trainer(name, "cuda", "schedule.ema=0.2", captured=False)
    expected = losses_of(eager, 6)
    replayed = trainer(name, "cuda", "schedule.ema=0.2")  # which starts torch's own random stream anew
    found = losses_of(replayed, 6)
    assert eager.replays is None and replayed.why_eager == ""
    assert replayed.replays is not None and replayed.replays.recorded
    for a, b in zip(expected, found, strict=True):
        for key in a:
            assert torch.allclose(a[key], b[key], rtol=2e-2, atol=1e-4), name


def test_replays_draw_new_numbers_and_go_on_from_a_checkpoint():
    first = trainer("dcgan", "cuda", "schedule.ema=0.2", "schedule.d_steps=2")
    losses_of(first, 6)
    kept = first.state()
    kept = {key: value.clone() for key, value in kept[0].items()}, kept[1]
    expected = losses_of(first, 4)
    assert len({loss["d_loss"].item() for loss in expected}) == 4
    second = trainer("dcgan", "cuda", "schedule.ema=0.2", "schedule.d_steps=2")
    losses_of(second, 5)
    second.load_state(*kept)
    for a, b in zip(expected, losses_of(second, 4), strict=True):
        for key in a:
            assert torch.allclose(a[key], b[key], rtol=1e-3, atol=1e-5)


def test_streamed_images_are_the_resident_ones():
    expected = losses_of(trainer("dcgan", "cuda"), 8)
    streamed = trainer("dcgan", "cuda", streamed=True)
    for a, b in zip(expected, losses_of(streamed, 8), strict=True):
        for key in a:
            assert torch.allclose(a[key], b[key], rtol=1e-3, atol=1e-5)
    assert streamed.replays is not None and streamed.replays.recorded


@pytest.mark.parametrize("precision", ["tf32", "bf16", "fp16"])
@pytest.mark.parametrize("name", ["dcgan", "wgan-gp", "sngan"])
def test_precisions_are_replayed(name, precision):
    made = trainer(name, "cuda", precision=precision)
    assert all(bool(loss.isfinite()) for losses in losses_of(made, 5) for loss in losses.values())
    assert made.why_eager == "" and made.replays.recorded


@pytest.mark.parametrize("name", ["dcgan", "tutorial-dcgan", "wgan-gp", "stylegan2"])
def test_games_in_one_graph_play_as_each_does_alone(name):
    device, steps = torch.device("cuda"), 24
    overrides = ("schedule.ema=0.9",)
    expected = []
    for seed in range(3):
        alone = trainer(name, "cuda", *overrides, seed=seed)
        losses_of(alone, steps)
        expected.append((alone.sums.clone(), alone.state()[0]["rng.layers.cuda"].clone()))
    lanes = []
    for seed in range(3):
        layers = LayersStream(device)
        with layers.drawn_from():
            lanes.append((trainer(name, "cuda", *overrides, seed=seed), layers.drawn_from))
    joint = Joint(CudaGraphs(device, branches=3))
    joint.of(lanes)
    jointly = 0
    for _ in range(steps):
        for game, _ in lanes:
            game.load()
        if joint.step():
            jointly += 1
            continue
        for game, playing in lanes:
            with playing():
                game.play_loaded(recorded=False)
    assert jointly and not joint.why_apart and joint.replays.recorded
    for (game, playing), (sums, drawn) in zip(lanes, expected, strict=True):
        assert torch.allclose(game.sums, sums, rtol=2e-2, atol=1e-2), name
        with playing():
            assert torch.equal(game.state()[0]["rng.layers.cuda"], drawn)  # as many numbers of the same stream


def test_an_average_by_descent_is_an_average():
    live = torch.nn.Linear(64, 64).cuda()
    part = torch.ones((), device="cuda")
    average = ExponentialMovingAverage(live, part)
    expected = {key: value.clone() for key, value in average.model.state_dict().items()}
    for step in range(20):
        with torch.no_grad():
            for weight in live.parameters():
                weight.add_(torch.randn_like(weight))
        decay = min(0.999, (1 + step) / (10 + step))
        expected = {key: value.lerp(live.state_dict()[key], 1 - decay) for key, value in expected.items()}
        part.fill_(1 - decay)
        average.follow()
    for key, value in average.model.state_dict().items():
        torch.testing.assert_close(value, expected[key], rtol=1e-5, atol=1e-5)


def test_seeds_that_share_a_gpu_have_the_numbers_that_they_have_alone(tmp_path):
    runs = specs("dcgan", seeds=(0, 1, 2), kimg=1.0, extractor="digits", metrics=("fid",), device="cuda")
    alone = [start_run(tmp_path / f"alone{spec.seed}", spec).play() for spec in runs]
    shared = start_runs([tmp_path / f"shared{spec.seed}" for spec in runs], runs).play_all()
    for a, b in zip(alone, shared, strict=True):
        assert b["engine"] == {
            "replayed": True,
            "why_eager": None,
            "compiled": False,
            "autotuned": False,
            "together": 3,
            "ranks": 1,
            "batch_stats": None,
        }
        assert b["metrics"]["fid"] == pytest.approx(a["metrics"]["fid"], rel=1e-2)


@pytest.mark.parametrize("recipe", ["dcgan:conditional=true", "wgan-gp"])
def test_a_run(tmp_path, recipe):
    (spec,) = specs(recipe, kimg=2.0, extractor="digits", device="cuda")
    result = start_run(tmp_path, spec).play()
    assert result["status"] == "done"
    assert set(result["metrics"]) == {"fid", "is"}
    assert result["environment"]["kind"] == "cuda" and result["environment"]["device"] == torch.cuda.get_device_name()
    assert result["peak_memory_mb"] > 1
