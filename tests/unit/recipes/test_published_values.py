"""Published values of the bundled recipes: they bind, fit together, and give networks of the size that sources give."""

import pytest
import torch

from ganzoo.recipes.building.build import build_part, build_parts, check_recipe
from ganzoo.recipes.building.old_shapes import modality_of_published
from ganzoo.recipes.recipe import load_recipe, resolve
from ganzoo.registry.discovery import load_zoo

REGISTRY = load_zoo(third_party=False).registry
RECIPES = [entry.name for entry in REGISTRY.all("recipe")]
PUBLISHED = {name: found for name in RECIPES if (found := load_recipe(REGISTRY.get("recipe", name).target).published)}
# Data sets by name: channels, height and width of their images, and classes (their publishers' pages).
SHAPES = {
    "cifar10": ((3, 32, 32), 10),
    "cifar100": ((3, 32, 32), 100),
    "mnist": ((1, 28, 28), 10),
    "fashion-mnist": ((1, 28, 28), 10),
}
NO_PAPERS = {
    "dcgan-san",
    "sngan-san",
    "dp-gan",
    "dp-rows",
    "distilled-gan",
    "gumbel-text",
    "mixtures",
    "quicker-lsgan",
}  # whose papers play other networks
UNWRITTEN = {"fastgan", "projected-gan"}  # whose papers' settings are still to be written down
NARROWEST = {"hifi-gan": 16}


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_published_value_binds_to_the_real_signature(name):
    recipe = resolve(REGISTRY, f"{name}@published")
    check_recipe(recipe, REGISTRY)
    check_recipe(resolve(REGISTRY, f"{name}@published:schedule.batch=4"), REGISTRY)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_shape_is_that_of_the_data(name):
    published = PUBLISHED[name]
    known, classes = SHAPES.get(published.data, (published.shape, published.classes))
    assert published.shape[0] == known[0] and published.classes in (0, classes)  # some are scaled to another size
    if resolve(REGISTRY, f"{name}@published").conditional and not published.modality:
        assert published.classes > 1


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_networks_have_the_number_of_parameters_that_the_source_gives(name):
    """At full width, on the meta device, where the largest takes no memory."""
    published, recipe = PUBLISHED[name], resolve(REGISTRY, f"{name}@published")
    modality = modality_of_published(published, REGISTRY)
    for kind in ("generator", "discriminator"):
        with torch.device("meta"):
            part = getattr(recipe, kind)
            player = build_part(REGISTRY, kind, part, modality=modality, conditional=recipe.conditional)
        told = getattr(published.parameters, kind) if published.parameters else None
        counted = sum(p.numel() for p in player.parameters() if p.requires_grad)
        assert told in (None, counted), f"{name}: {kind} has {counted} parameters, the source {told}"


@pytest.mark.parametrize("name", PUBLISHED)
def test_its_parts_fit_together_on_the_published_data(name):
    """In narrow networks that attend to few places, so that it takes no time."""
    published, recipe = PUBLISHED[name], resolve(REGISTRY, f"{name}@published")
    players = {kind: getattr(recipe, kind).params for kind in ("generator", "discriminator")}
    changes = [f"{kind}.width={NARROWEST.get(name, 8)}" for kind, params in players.items() if "width" in params]
    changes += [f"{kind}.attention=16" for kind, params in players.items() if (params.get("attention") or 0) > 16]
    narrow = resolve(REGISTRY, f"{name}@published", changes)
    modality = modality_of_published(published, REGISTRY)
    parts = build_parts(narrow, REGISTRY, modality=modality, seed=0)
    assert parts.G.modality == modality and len(parts.regularizers) == len(recipe.regularizers)


def test_every_recipe_says_what_its_paper_plays():
    assert PUBLISHED.keys() == set(RECIPES) - NO_PAPERS - UNWRITTEN
