"""``scale`` of an optimizer in a recipe: read, written, changed, compared and told."""

import pytest

from ganzoo.cli.catalogue.connected import _optimizer
from ganzoo.cli.completing.variants import variant
from ganzoo.errors import RecipeError
from ganzoo.recipes.differences.difference import compare
from ganzoo.recipes.differences.flat import flat, side_by_side
from ganzoo.recipes.recipe import Optimizer, Recipe, load_recipe, resolve
from ganzoo.registry.discovery import load_zoo

REGISTRY = load_zoo(third_party=False).registry

YAML = """
generator: {name: dcgan, width: 8}
discriminator: {name: dcgan, width: 8}
loss: hinge
g_optimizer: {name: adam, lr: 2.0e-4, betas: [0.5, 0.999], scale: {net.0: 0.5, net: 2}}
d_optimizer: {lr: 2e-4}
space:
  g_optimizer.scale.net: [0.5, 4.0]
published:
  data: cifar10
  shape: [3, 32, 32]
  budget: 100kimg
  values:
    g_optimizer.scale.net: {value: 1.0, source: "sec. 4"}
    d_optimizer.scale: {value: {body: 0.1}, source: "sec. 5"}
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(YAML)
    return path


def test_it_is_read_and_written(file):
    recipe = load_recipe(file)
    assert recipe.g_optimizer.scale == {"net.0": 0.5, "net": 2.0}
    assert recipe.g_optimizer.params == {"betas": [0.5, 0.999]}
    assert Recipe.from_dict(recipe.to_dict()) == recipe
    assert recipe.to_dict()["g_optimizer"]["scale"] == {"net.0": 0.5, "net": 2.0}
    assert "scale" not in recipe.to_dict()["d_optimizer"]


def test_an_override_changes_one_or_all(file):
    one = resolve(REGISTRY, f"{file}:g_optimizer.scale.net.0=3:d_optimizer.scale.body.0=0.1")
    assert one.g_optimizer.scale == {"net.0": 3.0, "net": 2.0} and one.d_optimizer.scale == {"body.0": 0.1}
    other = resolve(REGISTRY, f"{file}:g_optimizer.scale={{}}")
    assert other.g_optimizer.scale == {}


def test_a_search_changes_it(file):
    changed = load_recipe(file).changed({"g_optimizer.scale.net": 0.7})
    assert changed.g_optimizer.scale == {"net.0": 0.5, "net": 0.7}


def test_it_stands_beside_what_was_published(file):
    recipe, published = load_recipe(file), resolve(REGISTRY, f"{file}@published")
    assert published.g_optimizer.scale == {"net.0": 0.5, "net": 1.0} and published.d_optimizer.scale == {"body": 0.1}
    told = {row.key: (row.here, row.published, row.source) for row in compare(recipe, published, REGISTRY).differences}
    assert told == {
        "g_optimizer.scale.net": ("2.0", "1.0", "sec. 4"),
        "d_optimizer.scale.body": ("1.0, its default", "0.1", "sec. 5"),
    }


def test_a_key_that_one_recipe_lacks_has_the_factor_that_it_plays(file):
    recipe = load_recipe(file)
    other = resolve(REGISTRY, f"{file}:g_optimizer.scale={{net: 2.0}}")
    sides = {key: (ours, theirs) for key, ours, theirs in side_by_side(recipe, other, REGISTRY)}
    assert sides["g_optimizer.scale.net.0"][1].value == 2.0 and not sides["g_optimizer.scale.net.0"][1].given
    assert flat(recipe)["g_optimizer.scale.net.0"] == 0.5


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("{net: {x: 1.0}}", r"g_optimizer.scale: must be a number, not \{'x': 1.0\}"),
        ("3", r"g_optimizer.scale: must be a mapping of networks to factors, as in \{mapping: 0.01\}, not 3"),
        ("{net: 0}", "g_optimizer.scale: must be greater than 0, not 0"),
        ("{net: '0.5'}", "g_optimizer.scale: must be a number, not '0.5'; write a number without quotes"),
        ("{net..0: 1.0}", r"g_optimizer.scale: holds 'net..0', and must hold names such as mapping or blocks.0"),
    ],
)
def test_what_is_no_scale_is_refused(value, message):
    with pytest.raises(RecipeError, match=message):
        resolve(REGISTRY, f"dcgan:g_optimizer.scale={value}")


def test_people_are_told_of_it():
    spec = Optimizer(lr=2e-4, scale={"mapping": 0.01})
    assert _optimizer(spec) == "adam (lr 0.0002, mapping at 0.01 of the rate)"


def test_it_is_completed():
    assert "dcgan:g_optimizer.scale=" in [item.value for item in variant("dcgan:g_optimizer.s", REGISTRY)]
