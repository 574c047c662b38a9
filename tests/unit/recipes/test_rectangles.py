"""Recipes on images that are not square, and networks that take squares alone."""

from inspect import Parameter, signature

import pytest
import torch
from tiny_recipes import CLASSES, OF_IMAGES, REGISTRY, tiny

from ganzoo.errors import PluginError, RecipeError
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.building.old_shapes import modality_of_shape
from ganzoo.recipes.building.sizes import count_parameters
from ganzoo.recipes.changing import some_budget
from ganzoo.recipes.recipe import load_recipe
from ganzoo.registry.registry import Entry, Registry
from ganzoo.training import Trainer

IMAGES = {"image_size", "channels", "num_classes"}  # the keywords of labelled images
TURNING = {"ssgan"}  # which turns images by right angles
HIGH, WIDE = (16, 8), (10, 20)  # 8x4 and 5x10 pixels doubled once


def play(recipe, size, channels, seed=0):
    """The trainer after two steps on noise."""
    rng = torch.Generator().manual_seed(0)
    height, width = (size, size) if isinstance(size, int) else size
    images = torch.randint(0, 256, (20, channels, height, width), dtype=torch.uint8, generator=rng)
    shape = {"image_size": size, "channels": channels, "num_classes": CLASSES}
    parts, labels = build_parts(recipe, REGISTRY, **shape, seed=seed), torch.arange(20) % CLASSES
    trainer = Trainer(recipe, parts, images, labels, seed=0, budget=some_budget(recipe))
    return trainer, [trainer.step() for _ in range(2)]


@pytest.mark.parametrize("name", [name for name in OF_IMAGES if name not in TURNING])
def test_every_recipe(name):
    """Two steps are finite, and make images as high and as wide as the data."""
    conditional = load_recipe(REGISTRY.get("recipe", name).target).conditional
    size, channels = ((HIGH, 3), (WIDE, 1))[OF_IMAGES.index(name) % 2]
    trainer, losses = play(tiny(name), size, channels)
    assert all(bool(value.isfinite()) for step in losses for value in step.values())
    z = trainer.parts.G.sample_z(3, device="cpu", rng=torch.Generator().manual_seed(1))
    images = trainer.generate(z, torch.tensor([0, 1, 9]) if conditional else None)
    assert images.shape == (3, channels, *size)
    assert images.abs().max() <= 1
    assert trainer.parts.G.image_size == trainer.parts.D.image_size == size


@pytest.mark.parametrize("kind", ["generator", "discriminator"])
def test_every_network_takes_a_plane_of_the_label(kind):
    """As high and as wide as the images, where it takes one."""
    seen = 0
    for entry in REGISTRY.all(kind):
        takes = signature(entry.load()).parameters
        if not takes.keys() >= IMAGES or any(takes[name].default is Parameter.empty for name in takes.keys() - IMAGES):
            continue  # plays other data, or takes no labels
        seen += 1
        given = {"width": 8} | ({"conditioning": "concat"} if "conditioning" in takes else {})
        try:
            player = entry.load()(image_size=WIDE, channels=1, num_classes=3, **given)
        except RecipeError as refusal:
            assert "conditioning" in str(refusal), entry.name
            continue
        y = torch.tensor([0, 1, 2])
        if kind == "generator":
            assert player(player.sample_z(3, device="cpu"), y).shape == (3, 1, *WIDE), entry.name
        else:
            assert all(len(value) == 3 for value in player(torch.zeros(3, 1, *WIDE), y).values()), entry.name
    assert seen > 10


@pytest.mark.parametrize("name", TURNING)
def test_what_turns_images_by_right_angles_wants_squares(name):
    with pytest.raises(
        RecipeError, match=r"turns images by right angles, .* 16x8, .* --size 8 --crop center makes them"
    ):
        play(tiny(name), HIGH, 3)


def test_a_square_may_be_given_as_two_sides():
    (one, losses), (other, same) = play(tiny("wgan-gp"), 8, 3), play(tiny("wgan-gp"), (8, 8), 3)
    assert one.parts.G.image_size == other.parts.G.image_size == one.parts.D.image_size == other.parts.D.image_size == 8
    for a, b in zip(losses, same, strict=True):
        assert {key: float(value) for key, value in a.items()} == {key: float(value) for key, value in b.items()}
    for (key, a), (_, b) in zip(one.parts.G.state_dict().items(), other.parts.G.state_dict().items(), strict=True):
        assert torch.equal(a, b), key
    counts = [
        count_parameters(tiny("dcgan"), REGISTRY, modality=modality_of_shape(size, 3, 0))
        for size in (8, (8, 8), (16, 8), (8, 16))
    ]
    assert counts[0] == counts[1] != counts[2] == counts[3]


def built(size=HIGH, **named):
    """Build dcgan with players of a third party in place of its own."""
    registry = Registry()
    registry.add(
        [entry for kind in ("generator", "discriminator", "loss", "regularizer") for entry in REGISTRY.all(kind)]
    )
    for kind, cls in named.items():
        registry.add([Entry(kind, "theirs", f"square_players:{cls}", "strange")])
    recipe = tiny("dcgan")
    text = {**recipe.to_dict(), **dict.fromkeys(named, "theirs")}
    return build_parts(type(recipe).from_dict(text), registry, image_size=size, channels=1, num_classes=0, seed=0)


SENTENCE = (
    "^{} 'theirs' of plugin 'strange' takes square images only, and these are 16x8: "
    "--size 8 --crop center makes them square$"
)


@pytest.mark.parametrize("cls", ["FailsAtOnce", "FailsLater", "MakesSquares"])
def test_a_generator_of_squares_is_refused_in_a_sentence(cls):
    assert built(8, generator=cls).G.image_size == 8
    with pytest.raises(RecipeError, match=SENTENCE.format("generator")):
        built(generator=cls)


def test_a_discriminator_of_squares_is_refused_in_a_sentence():
    assert built(8, discriminator="SquareCritic").D.image_size == 8
    with pytest.raises(RecipeError, match=SENTENCE.format("discriminator")):
        built(discriminator="SquareCritic")


def test_a_network_that_takes_rectangles_is_built_and_one_that_is_broken_is_told_as_ever():
    assert built(generator="TakesAll").G.image_size == HIGH
    with pytest.raises(PluginError, match="never built"):
        built(generator="Broken")
