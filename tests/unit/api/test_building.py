"""Recipes as values: by name, file, mapping or value; and their parts."""

import numpy as np
import pytest
import torch
import yaml
from repository import ROOT

import ganzoo
from ganzoo.api.building import spec_of
from ganzoo.errors import GanzooError, RecipeError, UnknownName
from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.registry.discovery import load_zoo

FILE = ROOT / "configs" / "wgan-gp.yaml"


@pytest.fixture(scope="module")
def registry():
    return load_zoo().registry


def test_changes_are_those_of_the_command_line(registry):
    made = ganzoo.recipe("wgan-gp", loss="hinge", **{"schedule.batch": 32, "g_optimizer.betas": (0.5, 0.9)})
    written = resolve(registry, "wgan-gp:loss=hinge:schedule.batch=32:g_optimizer.betas=[0.5, 0.9]")
    assert made == written
    assert (made.loss.name, made.schedule.batch) == ("hinge", 32)


def test_a_part_with_parameters():
    made = ganzoo.recipe("dcgan", loss={"name": "ebgan", "margin": 2.0})
    assert (made.loss.name, made.loss.params) == ("ebgan", {"margin": 2.0})


@pytest.mark.parametrize("source", [FILE, str(FILE)])
def test_a_file(source):
    assert ganzoo.recipe(source).schedule.batch == yaml.safe_load(FILE.read_text())["schedule"]["batch"]
    assert ganzoo.recipe(source, loss="hinge").loss.name == "hinge"


def test_a_mapping_and_a_value_are_read_as_a_file_is():
    data = yaml.safe_load(FILE.read_text())
    plain = ganzoo.recipe("wgan-gp")
    assert ganzoo.recipe({"name": "wgan-gp", **data}) == plain
    assert ganzoo.recipe(plain) == plain
    assert ganzoo.recipe(data).name == "recipe"
    changed = ganzoo.recipe(plain, loss="hinge")
    assert changed == ganzoo.recipe("wgan-gp", loss="hinge").played()
    assert "hinge" not in str(data["loss"])


def test_what_is_wrong_is_said(registry):
    with pytest.raises(RecipeError, match="no loss named 'hing'; did you mean 'hinge'"):
        ganzoo.recipe("dcgan", loss="hing")
    with pytest.raises(UnknownName, match="no loss named 'hing'"):
        ganzoo.recipe({**ganzoo.recipe("dcgan").to_dict(), "loss": "hing"})
    with pytest.raises(UnknownName, match="no recipe named 'dcgam'"):
        ganzoo.recipe("dcgam")
    with pytest.raises(RecipeError, match="not int"):
        ganzoo.recipe(3)
    with pytest.raises(RecipeError, match="is no value of a recipe"):
        ganzoo.recipe("dcgan", **{"schedule.batch": torch.ones(2)})
    with pytest.raises(RecipeError, match="is no value of a recipe"):
        ganzoo.recipe("dcgan", **{"schedule.ema": float("nan")})


@pytest.mark.parametrize("text", ["no", "1e3", "012", "a: b", "null", ""])
def test_a_text_stays_a_text(text):
    """YAML would read each of these as something else."""
    with pytest.raises(RecipeError):
        ganzoo.recipe("dcgan", loss=text)
    assert ganzoo.recipe("dcgan", summary=text).summary == text


def test_a_spec_stands_for_its_recipe(registry, tmp_path):
    """A name where one stands for the recipe, and else a file."""
    variant = ganzoo.recipe("wgan-gp", loss="hinge", **{"schedule.batch": 32})
    assert spec_of(variant, registry, tmp_path) == "wgan-gp:loss=hinge:schedule.batch=32"
    assert spec_of("dcgan@published", registry, tmp_path) == "dcgan@published"
    other = {**variant.to_dict(), "name": "mine"}
    spec = spec_of(other, registry, tmp_path)
    assert resolve(registry, spec).played() == ganzoo.recipe(other).played()
    posing = {**variant.to_dict(), "name": "dcgan"}
    assert resolve(registry, spec_of(posing, registry, tmp_path)).loss.name == "hinge"


def test_parts_are_those_of_a_run_of_the_same_seed(registry):
    state = torch.random.get_rng_state()
    ours = ganzoo.build("dcgan", image_size=16, channels=1, seed=3)
    assert torch.equal(state, torch.random.get_rng_state())
    theirs = build_parts(resolve(registry, "dcgan"), registry, image_size=16, channels=1, num_classes=0, seed=3)
    for name, value in theirs.G.state_dict().items():
        assert torch.equal(ours.G.state_dict()[name], value)
    assert ours.G(ours.G.sample_z(2, device="cpu")).shape == (2, 1, 16, 16)


def test_images_that_are_not_square():
    parts = ganzoo.build("dcgan", image_size=(16, 8), channels=1)
    assert parts.G(parts.G.sample_z(2, device="cpu")).shape == (2, 1, 16, 8)
    assert parts.D(torch.zeros(2, 1, 16, 8))["logits"].shape == (2,)


def test_a_conditional_recipe_needs_classes():
    with pytest.raises(RecipeError, match="conditional"):
        ganzoo.build("cgan-pd")
    assert ganzoo.build("cgan-pd", num_classes=4).G.num_classes == 4


def test_numbers_of_numpy_and_torch_are_values_of_a_recipe():
    made = ganzoo.recipe("dcgan", **{"schedule.batch": np.int64(32), "g_optimizer.betas": (np.float64(0.5), 0.9)})
    assert made == ganzoo.recipe("dcgan", **{"schedule.batch": 32, "g_optimizer.betas": (0.5, 0.9)})
    part = ganzoo.recipe("dcgan", loss={"name": "ebgan", "margin": torch.tensor(2.0)})
    assert part.loss.params == {"margin": 2.0}
    parts = ganzoo.build("dcgan", (np.int64(8), np.int64(8)), channels=np.int64(1), seed=torch.tensor(3))
    same = ganzoo.build("dcgan", 8, channels=1, seed=3)
    assert all(torch.equal(a, b) for a, b in zip(parts.G.parameters(), same.G.parameters(), strict=True))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"image_size": -8}, "image_size is a whole number from 1 on, not -8"),
        ({"image_size": 8.0}, "image_size is a whole number"),
        ({"image_size": (8,)}, "one number, or height and width"),
        ({"channels": 0}, "channels is a whole number from 1"),
        ({"num_classes": 2.5}, "num_classes is a whole number from 0"),
        ({"seed": None}, "seed is a whole number"),
    ],
)
def test_shapes_and_seeds_that_are_none_are_refused_by_name(asked, said):
    with pytest.raises(GanzooError, match=said):
        ganzoo.build("dcgan", **asked)


def test_parts_of_other_modalities(registry):
    """pix2pix: a picture from a picture of the same shape; CTGAN: a row of spans side by side."""
    state = torch.random.get_rng_state()
    small = ["pix2pix:generator.width=8:discriminator.width=8", "ctgan:generator.width=8:discriminator.width=8"]
    parts = ganzoo.build(small[0], modality={"name": "left-half", "image_size": np.int64(16), "channels": 1})
    assert torch.equal(state, torch.random.get_rng_state())
    assert parts.G.modality.name == "left-half" and parts.G.modality.image_size == 16
    table = registry.get("modality", "table").load()(words=((), ("a", "b")))
    rows = ganzoo.build(small[1], modality=table, seed=2)
    assert rows.G.modality == table
    wide = sum(size for _, size in table.spans)
    assert rows.G(rows.G.sample_z(4, device="cpu"), torch.tensor([0, 1, 0, 1])).shape == (4, wide)
    same = ganzoo.build(small[1], modality={"name": "table", "words": [[], ["a", "b"]]}, seed=2)
    assert same.G.modality == table
    assert all(torch.equal(a, b) for a, b in zip(rows.G.parameters(), same.G.parameters(), strict=True))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"modality": "table", "channels": 1}, "channels is of images, and a modality is given beside it"),
        ({"modality": 3}, "modality is a Modality, the name of a registered one, or a mapping"),
        ({"modality": "tables"}, "no modality named 'tables'; did you mean 'table'"),
        ({"modality": {"name": "images", "sise": 3}}, "modality 'images' takes no parameter 'sise'"),
        ({"modality": {"name": "images", "image_size": "big"}}, "modality 'images' does not take"),
        ({"modality": "table"}, "recipe 'dcgan' is not for rows: its generator 'dcgan' needs 'channels'"),
    ],
)
def test_modalities_that_are_none_or_do_not_fit_are_refused(asked, said):
    with pytest.raises(GanzooError, match=said):
        ganzoo.build("dcgan", **asked)
