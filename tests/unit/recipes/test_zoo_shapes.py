"""Every bundled recipe, tiny, on images of every shape that the zoo is for, labelled or not, in every precision."""

from itertools import product

import pytest
import torch
from tiny_recipes import CLASSES, OF_IMAGES, OF_OTHERS, REGISTRY, played_on, tiny

from ganzoo.backend.precision import LOW
from ganzoo.errors import RecipeError
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.changing import some_budget
from ganzoo.recipes.recipe import load_recipe
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer

SHAPES = list(product((8, 28, 32), (1, 3)))
# Half of all shapes with and without labels, in which each size comes with each number of channels, and either of them
# with labels and without: benchmarks/every_shape.py plays them all.
MIXED = [(*shape, number % 2 == number // 2 % 2) for number, shape in enumerate(SHAPES)]
WITHOUT_LABELS = {"dp-gan"}  # which nothing makes private


def play(recipe, size, channels, labelled=True, steps=2, precision="fp32"):
    """The losses of the first steps, on noise."""
    images = noise_images(20, channels, size)
    classes = CLASSES if labelled else 0
    shape = {"image_size": size, "channels": channels, "num_classes": classes}
    parts = build_parts(recipe, REGISTRY, **shape, seed=0)
    labels = torch.arange(20) % CLASSES if labelled else None
    trainer = Trainer(recipe, parts, images, labels, seed=0, precision=precision, budget=some_budget(recipe))
    return trainer, [trainer.step() for _ in range(steps)]


@pytest.mark.parametrize("name", OF_IMAGES)
def test_every_shape(name):
    """Two steps are finite, move both players, and give images of the shape of the data; with and without labels."""
    needs = load_recipe(REGISTRY.get("recipe", name).target).conditional
    shapes = [(*shape, needs) for shape in SHAPES] if needs or name in WITHOUT_LABELS else MIXED
    for size, channels, conditional in shapes:
        recipe = tiny(name, f"conditional={str(conditional).lower()}")
        trainer, losses = play(recipe, size, channels)
        where = f"{name} on {channels}x{size}x{size}{' with labels' if conditional else ''}"
        assert all(bool(value.isfinite()) for step in losses for value in step.values()), where
        assert all(bool(p.isfinite().all()) for m in trainer.parts.modules().values() for p in m.parameters()), where
        z = trainer.parts.G.sample_z(3, device="cpu", rng=torch.Generator().manual_seed(1))
        images = trainer.generate(z, torch.tensor([0, 1, 9]) if conditional else None)
        assert images.shape == (3, channels, size, size), where
        assert images.abs().max() <= 1, where


@pytest.mark.parametrize("name", OF_IMAGES)
def test_unlabelled_data(name):
    """A recipe that needs labels says so in one sentence, before anything is built; any other plays."""
    recipe = tiny(name)
    if not recipe.conditional:
        play(recipe, 8, 1, labelled=False, steps=1)
        return
    with pytest.raises(RecipeError) as refusal:
        play(recipe, 8, 1, labelled=False)
    assert str(refusal.value) == f"recipe {name!r} is conditional, but these images have no labels"


@pytest.mark.parametrize("precision", ["fp32", *LOW])
@pytest.mark.parametrize("name", OF_OTHERS)
def test_other_data(name, precision):
    """Two steps on the example of every modality that offers what the players need; samples are like real ones."""
    for cls in played_on(name).values():
        modality, recipe = cls(), tiny(name)
        fields = modality.example(8)
        parts = build_parts(recipe, REGISTRY, modality=modality, seed=0)
        trainer = Trainer(recipe, parts, fields, seed=0, precision=precision, budget=some_budget(recipe))
        losses = [trainer.step() for _ in range(2)]
        assert all(bool(value.isfinite()) for step in losses for value in step.values()), modality
        row = {field: tensor[:3] for field, tensor in fields.items()}
        z = parts.G.sample_z(3, device="cpu", rng=torch.Generator().manual_seed(1))
        rested = modality.judged(modality.rest(trainer.generate(z, modality.condition(row))))
        real = modality.judged(modality.target(row))
        assert {part: one.shape for part, one in rested.items()} == {part: one.shape for part, one in real.items()}


@pytest.mark.parametrize("precision", LOW)
@pytest.mark.parametrize("name", OF_IMAGES)
def test_low_precision(name, precision):
    """Three steps: the second is the first without lazy terms; losses are finite, and both players move."""
    trainer, _ = play(tiny(name), 8, 1, steps=0, precision=precision)
    for scaler in trainer.descent.scalers.values():
        scaler._init_scale = 16.0  # torch begins at 65536, and leaves steps out until nothing overflows
    before = {player: [w.detach().clone() for w in weights] for player, weights in trainer.moves.items()}
    losses = [trainer.step() for _ in range(3)]
    assert all(bool(value.isfinite()) for step in losses for value in step.values())
    for player, weights in trainer.moves.items():
        assert any(not torch.equal(w, v) for w, v in zip(weights, before[player], strict=True)), player
        assert all(bool(w.isfinite().all()) for w in weights), player
