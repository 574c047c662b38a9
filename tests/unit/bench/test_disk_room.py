"""Room for a bench, asked for before it trains: by the size of real checkpoints."""

import pytest
import torch
from small_benches import SMALL, specs, start_run

from ganzoo.bench.execution.machine import room
from ganzoo.bench.execution.machine.room import require_room, state_bytes
from ganzoo.errors import SetupError
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo
from ganzoo.storage.room import Room
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer
from ganzoo.training.checkpoints.checkpoint import save


@pytest.mark.parametrize("name", ["dcgan", "wgan-gp", "stylegan2-ada", "wgan", "biggan"])
def test_the_size_of_a_checkpoint_is_known_before_there_is_one(tmp_path, name):
    """Against the checkpoint itself, after a step, when the optimizers have their state."""
    registry = load_zoo(third_party=False).registry
    wide = [change for change in SMALL if "width" not in change] + ["generator.width=32", "discriminator.width=32"]
    recipe = resolve(registry, name, wide)
    parts = build_parts(recipe, registry, image_size=16, channels=3, num_classes=10, seed=0)
    estimated = state_bytes(recipe, parts)
    trainer = Trainer(recipe, parts, noise_images(16, 3, 16), torch.arange(16) % 10, seed=0)
    trainer.step()
    tensors, values = trainer.state()
    written = sum(file.stat().st_size for file in save(tmp_path, 1, tensors, {"trainer": values}).iterdir())
    assert 0.9 * written < estimated + 100_000 and estimated < 2 * written


def refused(tmp_path, monkeypatch, free, runs, **more):
    monkeypatch.setattr(room, "room", lambda folder: free)
    with pytest.raises(SetupError) as told:
        require_room(tmp_path, runs, {"dcgan": 1_000_000}, **{"slots": 1, **more})
    return str(told.value)


def test_what_is_needed_is_at_least_the_checkpoints_that_are_kept_and_one_that_is_written(tmp_path, monkeypatch):
    """Two kept of each of three runs, and one more for each that plays at once: by hand, 7 and 8 MB."""
    (spec,) = specs(kimg=0.1, extractor=None, samples=None)
    runs = [(tmp_path / f"seed{k}", spec) for k in range(3)]
    said = refused(tmp_path, monkeypatch, Room(6_999_999, None), runs)
    assert f"the checkpoints and results of 3 runs in {tmp_path}" in said and "6,999,999 are free" in said
    refused(tmp_path, monkeypatch, Room(7_999_999, None), runs, slots=2)
    assert "inodes are needed, and 12 are free" in refused(tmp_path, monkeypatch, Room(10**12, 12), runs)


def test_room_is_enough_for_what_a_run_really_leaves(tmp_path, monkeypatch):
    (spec,) = specs(kimg=0.3, extractor="digits", evaluations=2)
    result = start_run(tmp_path / "run", spec).play()
    assert result["status"] == "done"
    left = [path.stat().st_size for path in (tmp_path / "run").rglob("*") if path.is_file()]
    state = max(sum(f.stat().st_size for f in step.iterdir()) for step in (tmp_path / "run/checkpoints").glob("step-*"))
    free = Room(sum(left), 1000)
    monkeypatch.setattr(room, "room", lambda folder: free)
    with pytest.raises(SetupError, match="no room"):
        require_room(tmp_path / "other", [(tmp_path / "other", spec)], {"dcgan": state}, 1)
    require_room(tmp_path / "run", [(tmp_path / "run", spec)], {"dcgan": state // 4}, 1)  # most of it is there


def test_runs_that_are_not_played_need_no_room(tmp_path, monkeypatch):
    (spec,) = specs(kimg=0.1, extractor=None, samples=None)
    monkeypatch.setattr(room, "room", lambda folder: Room(0, 0))
    require_room(tmp_path, [(tmp_path / "a", spec)], {}, 1)
