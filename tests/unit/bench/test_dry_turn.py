"""Batches that a recipe cannot play, found before it is played; the truth is a step of the real game."""

import pytest
import torch
from ganzoo_plugins.images.images import ImageModality
from ganzoo_plugins.images.points import PointModality
from tiny_recipes import CLASSES, REGISTRY, tiny

from ganzoo.bench.execution.rehearsals import dry_turn
from ganzoo.bench.execution.rehearsals.dry_turn import _small, why_not_the_batch
from ganzoo.errors import RecipeError
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.schema.sections import Part
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer

IMAGES = ImageModality(image_size=8, channels=1, num_classes=10)
# Batch norm in G, in D, in both, in neither; packs of two; a group of a fixed size; pairs; a batch of its own kind.
SOME = ["dcgan", "infogan", "wgan-gp", "sngan-resnet", "pacgan", "stylegan2", "r3gan", "softmax-gan", "mhgan", "bgan"]


def of_batch(name, batch):
    recipe = tiny(name)
    return recipe.model_copy(update={"schedule": recipe.schedule.model_copy(update={"batch": batch})})


def plays(recipe):
    """Tell whether a step of the real game goes well."""
    parts = build_parts(recipe, REGISTRY, image_size=8, channels=1, num_classes=CLASSES, seed=0)
    trainer = Trainer(recipe, parts, noise_images(9, 1, 8), torch.arange(9) % CLASSES, seed=0)
    try:
        trainer.step()
    except (ValueError, RuntimeError, RecipeError):
        return False
    return True


@pytest.mark.parametrize("name", SOME)
def test_a_batch_is_refused_where_the_game_cannot_be_played_with_it_and_only_there(name):
    for batch in (1, 2, 3, 5, 6, 64):
        recipe, before = of_batch(name, batch), torch.get_rng_state()
        said = why_not_the_batch(recipe, REGISTRY, IMAGES, 1.0)
        assert torch.equal(torch.get_rng_state(), before)
        assert (said == "") == plays(recipe), (name, batch, said)
        if "; give schedule.batch=" in said:
            other = int(said.rpartition("=")[2])
            assert other > batch and plays(of_batch(name, other)), said


def test_the_sentence_names_the_part_the_layer_the_batch_and_one_that_is_played():
    assert why_not_the_batch(of_batch("dcgan", 1), REGISTRY, IMAGES, 1.0) == (
        "recipe 'dcgan' cannot play schedule.batch=1: BatchNorm1d of generator 'dcgan' fails on a batch of 1, and "
        "plays one of 2; give schedule.batch=2"
    )


def test_a_part_that_says_itself_what_it_lacks_is_heard():
    assert why_not_the_batch(of_batch("pacgan", 1), REGISTRY, IMAGES, 1.0) == (
        "recipe 'pacgan' cannot play schedule.batch=1: discriminator 'pac-dcgan': packing is 2, and a batch of 1 fills "
        "no pack: give schedule.batch at least 2, or packing at most 1"
    )


def test_a_small_batch_stands_for_a_large_one():
    """The sizes of groups that parts make divide both or neither; and none is large."""
    for batch in range(1, 2000):
        small = _small(batch)
        assert small < 32 and (small == batch if batch < 8 else 8 <= small <= batch)
        assert all(batch % group == small % group for group in (2, 3, 4, 6, 8) if batch >= 8)


def fails_where(monkeypatch, fails):
    """Let the step of a batch ``b`` and a size ``s`` raise what ``fails(b, s)`` gives; gives the list of both."""
    tried = []

    class Stage(dry_turn._Dry):
        def step(self):
            batch, size = self.recipe.schedule.batch, self.parts.G.image_size
            tried.append((batch, size))
            if error := fails(batch, size):
                raise error
            return {}

    monkeypatch.setattr(dry_turn, "_Dry", Stage)
    return tried


def test_what_fails_with_every_batch_is_left_to_the_run(monkeypatch):
    fails_where(monkeypatch, lambda batch, size: RuntimeError("a fault of the part"))
    assert why_not_the_batch(of_batch("dcgan", 64), REGISTRY, IMAGES, 1.0) == ""


@pytest.mark.parametrize(
    "error", [MemoryError(), torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("can't allocate memory")]
)
def test_a_lack_of_memory_says_nothing_of_a_batch(monkeypatch, error):
    fails_where(monkeypatch, lambda batch, size: error)
    assert why_not_the_batch(of_batch("dcgan", 64), REGISTRY, IMAGES, 1.0) == ""


def test_what_fails_small_is_tried_as_it_was_asked_for(monkeypatch):
    """Large images and batches are stood for by small ones, whose failure alone refuses nothing."""
    tried = fails_where(monkeypatch, lambda batch, size: ValueError("small") if size < 64 else None)
    large = ImageModality(image_size=64, channels=1)
    recipe = tiny("dcgan")
    recipe = recipe.model_copy(update={"schedule": recipe.schedule.model_copy(update={"batch": 100})})
    assert why_not_the_batch(recipe, REGISTRY, large, 1.0) == ""
    assert tried == [(_small(100), 16), (100, 64)]


def test_points_are_tried_as_points():
    points = PointModality(channels=2)
    recipe = tiny("gan")
    for key in ("generator", "discriminator"):
        player = Part(name="mlp", params={"width": 8, "output": "linear"} if key == "generator" else {"width": 8})
        recipe = recipe.model_copy(update={key: player})
    assert why_not_the_batch(recipe, REGISTRY, points, 1.0) == ""
