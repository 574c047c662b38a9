"""Parts built for a modality that exists in tests alone, and what is said where they do not fit it."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
import torch
from strange_game import MODALITY, Strange, StrangeG, rows

from ganzoo.bench.execution.rehearsals.dry_turn import why_not_the_batch
from ganzoo.errors import PluginError, RecipeError
from ganzoo.interfaces import Generator, Regularizer
from ganzoo.recipes.building import other_data
from ganzoo.recipes.building.build import build_generator, build_part, build_parts, check_recipe
from ganzoo.recipes.building.old_shapes import modality_of, modality_of_shape
from ganzoo.recipes.building.sizes import count_parameters
from ganzoo.recipes.recipe import Recipe, load_recipe
from ganzoo.recipes.schema.sections import Part
from ganzoo.registry.discovery import load_zoo
from ganzoo.registry.registry import Entry
from ganzoo.training import Trainer


class OfGrids(Regularizer):
    """Takes a sample for a lone tensor."""

    def d_penalty(self, turn):
        n, _, _, _ = turn.real["b"].shape
        return turn.real["b"].sum() / n


class Anything(StrangeG):
    """Takes whatever there is."""

    def __init__(self, **given):
        super().__init__(**given)
        self.given = given


class Greedy(StrangeG):
    """Needs what there is nowhere."""

    def __init__(self, *, gold):
        super().__init__(side=gold, length=gold)


class Timeless(Generator):
    """Sets no length of a latent."""

    def __init__(self, *, side, length):
        super().__init__()

    def forward(self, z, y=None):
        return {}


class Short(StrangeG):
    """Plays rows of three numbers alone."""

    def __init__(self, *, side, length):
        assert length == 3
        super().__init__(side=side, length=length)


@dataclass(frozen=True)
class Cut(Strange):
    """Says what is narrower."""

    name: ClassVar[str] = "cut"

    def narrower(self):
        return () if self.length == 3 else ((replace(self, length=3), f"takes 3 numbers, and these are {self.length}"),)


@pytest.fixture(scope="module")
def registry():
    made = load_zoo(third_party=False).registry
    here = "test_build_any_modality"
    entries = [
        ("generator", "strange", "strange_game:StrangeG"),
        ("discriminator", "strange", "strange_game:StrangeD"),
        ("modality", "strange", "strange_game:Strange"),
    ]
    made.add([Entry(kind, name, target, "mine") for kind, name, target in entries])
    local = {"anything": Anything, "short": Short, "greedy": Greedy, "timeless": Timeless}
    made.add([Entry("generator", name, f"{here}:{cls.__name__}", "mine") for name, cls in local.items()])
    made.add([Entry("regularizer", "of-grids", f"{here}:OfGrids", "mine")])
    return made


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "test_build_any_modality", sys.modules[__name__])


def recipe(**changes):
    optimizer = {"name": "adam", "lr": 1e-3}
    return Recipe.from_dict(
        {
            "name": "test",
            "conditional": True,
            "generator": "strange",
            "discriminator": "strange",
            "loss": "non-saturating",
            "g_optimizer": optimizer,
            "d_optimizer": optimizer,
            "schedule": {"batch": 4},
            **changes,
        }
    )


def test_parts_are_told_what_they_name(registry):
    parts = build_parts(recipe(), registry, modality=MODALITY, seed=0)
    assert parts.G.modality == parts.D.modality == MODALITY and parts.G.conditional
    assert not hasattr(parts.G, "image_size")
    Trainer(recipe(), parts, rows(9, 7), seed=0).step()  # on the modality that they were built for
    alone = build_generator(recipe(), registry, modality=MODALITY, seed=0, without=("D", "loss"))
    assert torch.equal(alone.a.weight, build_parts(recipe(), registry, modality=MODALITY, seed=0).G.a.weight)
    assert count_parameters(recipe(), registry, modality=MODALITY) == {
        "generator": sum(p.numel() for p in parts.G.parameters()),
        "discriminator": sum(p.numel() for p in parts.D.parameters()),
    }


def test_a_part_that_takes_any_keyword_is_told_all(registry):
    made = build_part(registry, "generator", Part(name="anything"), modality=MODALITY, conditional=True)
    assert made.given == {"side": 4, "length": 3}


def test_a_recipe_for_other_data_is_refused_in_one_sentence(registry):
    with pytest.raises(RecipeError) as caught:
        build_parts(recipe(generator="dcgan"), registry, modality=MODALITY, seed=0)
    assert str(caught.value) == (
        "recipe 'test' is not for strange: its generator 'dcgan' needs 'channels', which they do not give; "
        "choose data of images or points, or another recipe (ganzoo list tells the data of each)"
    )


def test_what_nobody_offers_is_refused_with_what_the_data_offer(registry):
    with pytest.raises(RecipeError) as caught:
        build_parts(recipe(generator="greedy"), registry, modality=MODALITY, seed=0)
    assert "generator 'greedy' needs the parameter 'gold', which the recipe does not give, " in str(caught.value)
    assert "nor the data, which are told by length, side" in str(caught.value)


def test_a_generator_without_the_length_of_a_latent_is_refused_when_it_is_built(registry):
    with pytest.raises(
        PluginError, match="generator 'timeless' of plugin 'mine' has no z_dim; its constructor must set it"
    ):
        build_parts(recipe(generator="timeless"), registry, modality=MODALITY, seed=0)


@pytest.fixture
def with_a_broken_one():
    made = load_zoo(third_party=False).registry
    made.add([Entry("modality", "aaa", "there_is_none:Aaa", "theirs")])
    return made


def test_a_modality_that_cannot_be_imported_concerns_nobody_else(with_a_broken_one):
    """It stopped each bench, of dcgan too."""
    for name in ("dcgan", "ctgan", "wavegan"):
        check_recipe(load_recipe(with_a_broken_one.get("recipe", name).file), with_a_broken_one)
    images = modality_of_shape(8, 1, 0)
    with pytest.raises(
        RecipeError, match=r"is not for images: its generator 'wavegan' needs 'length', .* data of .*waves"
    ):
        check_recipe(load_recipe(with_a_broken_one.get("recipe", "wavegan").file), with_a_broken_one, modality=images)


def test_a_recipe_for_images_has_no_modality_imported(monkeypatch):
    monkeypatch.setattr(other_data, "modalities_at_hand", lambda registry: pytest.fail("asked"))
    registry = load_zoo(third_party=False).registry
    check_recipe(load_recipe(registry.get("recipe", "dcgan").file), registry)


def test_without_data_any_registered_modality_may_offer(registry):
    check_recipe(recipe(), registry)
    with pytest.raises(RecipeError, match="takes no parameter 'image_size'"):
        check_recipe(recipe(generator={"name": "dcgan", "image_size": 8}), registry)


def test_a_conditional_recipe_needs_conditions(registry):
    images = modality_of_shape(8, 1, 0)
    with pytest.raises(RecipeError, match="recipe 'test' is conditional, but these images have no labels"):
        build_parts(recipe(generator="dcgan", discriminator="dcgan"), registry, modality=images, seed=0)


def test_a_part_that_plays_narrower_data_alone_is_told_with_their_clause(registry):
    with pytest.raises(RecipeError, match=r"generator 'short' of plugin 'mine' takes 3 numbers, and these are 5"):
        build_parts(recipe(generator="short"), registry, modality=Cut(length=5), seed=0)
    with pytest.raises(PluginError, match="generator 'short' of plugin 'mine' cannot be built"):
        build_parts(recipe(generator="short"), registry, modality=Strange(length=5), seed=0)


def test_a_term_that_cannot_take_the_data_is_told_before_the_bench(registry):
    assert why_not_the_batch(recipe(), registry, MODALITY, None) == ""
    said = why_not_the_batch(recipe(regularizers=["of-grids"]), registry, MODALITY, None)
    assert said == (
        "recipe 'test': regularizer 'of-grids' cannot take strange: "
        "ValueError: not enough values to unpack (expected 4, got 2)"
    )


def test_joint_passes_are_tried_on_the_data(registry):
    schedule = {"batch": 4, "joint": True}
    parts = build_parts(recipe(schedule=schedule), registry, modality=MODALITY, seed=0)
    Trainer(recipe(schedule=schedule), parts, rows(9, 7), seed=0).step()


def test_tensors_of_version_1_are_images_or_points():
    images, points = torch.zeros(2, 3, 4, 6, dtype=torch.uint8), torch.zeros(2, 5, 1, 1)
    assert (modality_of(images, None).name, modality_of(points, None).name) == ("images", "points")
    made = modality_of(images, torch.tensor([0, 4]))
    assert made == modality_of_shape((4, 6), 3, 5)
    assert modality_of_shape(1, 5, 0) == modality_of(points, None)
