"""The game and a run on a CUDA GPU."""

import pytest
import torch
from benches import specs, start_run

from ganzoo.build import build_parts
from ganzoo.discovery import load_zoo
from ganzoo.game import Trainer
from ganzoo.recipe import resolve

pytestmark = pytest.mark.gpu

ZOO = load_zoo(third_party=False)


def trainer(name, device, *overrides):
    recipe = resolve(ZOO.registry, name, ("schedule.batch=16", *overrides))
    parts = build_parts(recipe, ZOO.registry, image_size=8, channels=1, num_classes=10, seed=0)
    images = torch.randint(0, 256, (64, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return Trainer(recipe, parts, images, torch.arange(64) % 10, seed=0, device=device)


@pytest.mark.parametrize("name", [entry.name for entry in ZOO.registry.all("recipe")])
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


@pytest.mark.parametrize("recipe", ["dcgan:conditional=true", "wgan-gp"])
def test_a_run(tmp_path, recipe):
    (spec,) = specs(recipe, kimg=2.0, extractor="digits", device="cuda")
    result = start_run(tmp_path, spec).play()
    assert result["status"] == "done"
    assert set(result["metrics"]) == {"fid", "is"}
    assert result["environment"]["kind"] == "cuda" and result["environment"]["device"] == torch.cuda.get_device_name()
    assert result["peak_memory_mb"] > 1
