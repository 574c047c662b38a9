"""Any parts together: they play, or they are refused in a sentence before anything is trained. Nothing else happens."""

import inspect
import random

import pytest
import torch
from tiny_recipes import REGISTRY, players_of_images

from ganzoo.errors import RecipeError
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import Recipe
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer

GAMES = {entry.plugin for entry in REGISTRY.all("modality")} - {REGISTRY.get("modality", "images").plugin}
GAMES |= {"diffusion-gan", "private"}  # whose parts are made for each other alone


def parts(kind):
    """The names of the parts that are for any game of images."""
    return [entry.name for entry in REGISTRY.all(kind) if entry.plugin not in GAMES]


NAMES = {kind: [name for name in parts(kind) if name in names] for kind, names in players_of_images().items()}
NAMES |= {"loss": parts("loss")}
OF_LEVELS = {"multi-level-noise"}  # which stacks samples for its own players, so that few other terms go with it
TERMS = [name for name in parts("regularizer") if name not in OF_LEVELS]
DRAWS = 300


def draw(number):
    """One composition, the same each time: parts, labels, and the rhythm of the game."""
    rng = random.Random(number)
    order = rng.choice(["alternating", "alternating", "simultaneous"])
    judge = {"name": rng.choice(NAMES["discriminator"]), "width": 8}
    if "conditioning" in inspect.signature(REGISTRY.get("discriminator", judge["name"]).load()).parameters:
        judge["conditioning"] = rng.choice(["projection", "none"])  # what terms that look for labels need
    recipe = {
        "name": f"draw-{number}",
        "conditional": rng.random() < 0.5,
        "generator": {"name": rng.choice(NAMES["generator"]), "width": 8},
        "discriminator": judge,
        "loss": rng.choice(NAMES["loss"]),
        "regularizers": rng.sample(TERMS, rng.choice([0, 1, 1, 2, 2, 3])),
        "g_optimizer": {"name": "adam", "lr": 1e-4, "betas": [0.5, 0.999]},
        "d_optimizer": {"name": "adam", "lr": 1e-4, "betas": [0.5, 0.999]},
        "schedule": {
            "batch": 4,
            "ema": rng.choice([0.0, 0.9]),
            "order": order,
            "share_fakes": order == "alternating" and rng.random() < 0.5,
        },
    }
    if REGISTRY.get("loss", recipe["loss"]).load().pairs:
        recipe["schedule"]["labels"] = "paired"  # which a loss of pairs asks for
    shape = {"image_size": rng.choice([8, 8, 16]), "channels": rng.choice([1, 3])}
    return Recipe.from_dict(recipe), shape


def named(number):
    recipe, shape = draw(number)
    named = [recipe.generator, recipe.discriminator, recipe.loss, *recipe.regularizers]
    labels = "-labels" if recipe.conditional else ""
    how = recipe.schedule.order[:3] + ("-shared" if recipe.schedule.share_fakes else "")
    return f"{number}-{'+'.join(part.name for part in named)}-{shape['channels']}x{shape['image_size']}{labels}-{how}"


@pytest.mark.parametrize("number", range(DRAWS), ids=named)
def test_a_random_composition(number):
    recipe, shape = draw(number)
    images = noise_images(20, shape["channels"], shape["image_size"])
    try:
        built = build_parts(recipe, REGISTRY, **shape, num_classes=10, seed=number)
        trainer = Trainer(recipe, built, images, torch.arange(20) % 10, seed=number)
        first = trainer.step()  # what is refused here, the dry turn of a bench refuses
    except RecipeError as refusal:
        for sentence in str(refusal).splitlines():
            assert len(sentence.split()) > 5
            assert "Traceback" not in sentence
        return
    for losses in (first, trainer.step()):
        assert all(bool(value.isfinite()) for value in losses.values()), losses
    for what, module in built.modules().items():
        for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
            assert bool(tensor.isfinite().all()), f"{what}.{name}"


def test_most_compositions_play():
    """Even parts that are thrown together: more are played than are refused, though many are made for each other."""
    played = refused = 0
    for number in range(0, DRAWS, 5):
        recipe, shape = draw(number)
        try:
            build_parts(recipe, REGISTRY, **shape, num_classes=10, seed=number)
            played += 1
        except RecipeError:
            refused += 1
    assert played > refused
