"""What a recipe's paper plays: read, refused, and put in place of what the recipe plays."""

import pytest

from ganzoo.errors import RecipeError
from ganzoo.recipes import safeyaml
from ganzoo.recipes.overrides import split_spec
from ganzoo.recipes.recipe import Recipe, load_recipe, resolve
from ganzoo.registry.registry import Entry

PLAIN = """
generator: {name: g, width: 8}
discriminator: d
loss: hinge
regularizers: [r1, {name: gp, weight: 10.0}]
g_optimizer: {lr: 1e-3, betas: [0, 0.9]}
d_optimizer: {lr: 1e-3}
schedule: {batch: 16, ema: 0.99}
space: {g_optimizer.lr: [1.0e-4, 1.0e-2]}
"""
BLOCK = """
published:
  data: cifar10
  shape: [3, 32, 32]
  classes: 10
  budget: 64000kimg
  budget_source: table 1
  values:
    discriminator: {value: {name: d, depth: 3}, source: sec. 2}
    generator.width: {value: null, source: sec. 2}
    regularizers.gp.weight: {value: 1.0, source: alg. 1}
    g_optimizer.betas: {value: [0.5, 0.9], source: "someone/code@abc1234 train.py"}
    schedule.batch: {value: 64, source: alg. 1}
  parameters: {generator: 12, source: table 2}
  metrics:
    - {name: is, value: 6.68, spread: 0.06, n: 50000, source: table 3}
"""


@pytest.fixture
def registry(five_parts, write):
    five_parts.add(
        [Entry("recipe", "mine", write(PLAIN + BLOCK), "a"), Entry("recipe", "bare", write(PLAIN, "bare.yaml"), "a")]
    )
    return five_parts


def with_value(key, value):
    start = BLOCK[: BLOCK.index("  values:")]
    return f"{PLAIN}{start}  values:\n    {key}: {{value: {value}, source: alg. 1}}\n"


def test_the_block_is_read_and_written_again(write):
    recipe = load_recipe(write(PLAIN + BLOCK))
    published = recipe.published
    assert (published.data, published.shape, published.classes, published.kimg) == ("cifar10", (3, 32, 32), 10, 64000.0)
    assert published.values["schedule.batch"].value == 64 and published.values["schedule.batch"].source == "alg. 1"
    assert (published.parameters.generator, published.parameters.discriminator) == (12, None)
    assert (published.metrics[0].value, published.metrics[0].spread, published.metrics[0].n) == (6.68, 0.06, 50000)
    assert load_recipe(write(safeyaml.dump(recipe.to_dict()), "again.yaml")) == recipe.model_copy(
        update={"name": "mine"}
    )


def test_it_is_no_part_of_what_is_played(write):
    """Run keys are made of ``played``: they are those of the file without the block."""
    with_block, without = load_recipe(write(PLAIN + BLOCK)), load_recipe(write(PLAIN))
    assert with_block.played() == without.played()
    assert with_block.played().to_dict() == without.played().to_dict()
    assert "published" not in with_block.changed({"schedule.batch": 3}).to_dict()


def test_the_published_form_has_the_values_in_place(registry):
    recipe = resolve(registry, "mine@published")
    assert recipe.name == "mine@published"
    assert recipe.discriminator.params == {"depth": 3}
    assert recipe.generator.params == {"width": None}
    assert [(part.name, part.params) for part in recipe.regularizers] == [("r1", {}), ("gp", {"weight": 1.0})]
    assert recipe.g_optimizer.params == {"betas": [0.5, 0.9]} and recipe.g_optimizer.lr == 1e-3
    assert (recipe.schedule.batch, recipe.schedule.ema) == (64, 0.99)
    assert recipe.space == {}  # its ranges lie about other values
    assert Recipe.from_dict(recipe.to_dict()) == recipe


def test_variants_and_overrides_change_the_published_form(registry):
    recipe = resolve(registry, "mine@published:schedule.batch=32", ["schedule.batch=8", "generator.width=5"])
    assert recipe.name == "mine@published:schedule.batch=32"
    assert (recipe.schedule.batch, recipe.generator.params, recipe.discriminator.params) == (
        32,
        {"width": 5},
        {"depth": 3},
    )
    assert recipe.published is None
    assert resolve(registry, "mine:regularizers=[r1]").published is None  # the block speaks of a term that is gone


def test_the_published_form_of_a_file(registry, write):
    path = write(PLAIN + BLOCK, "of@home.yaml")
    assert resolve(registry, f"{path}@published").name == "of@home@published"
    assert resolve(registry, f"{path}@published:schedule.ema=0").schedule.batch == 64
    assert resolve(registry, f"{path}").schedule.batch == 16


def test_a_recipe_without_the_block_has_no_published_form(registry, write):
    for spec, file in (("bare", "bare.yaml"), (write(PLAIN, "other.yaml"), "other.yaml")):
        with pytest.raises(RecipeError, match=f"^{file}: has no block 'published', so there is no @published of it; "):
            resolve(registry, f"{spec}@published")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("mine@paper", r"^'mine@paper': a recipe has no form '@paper'; write mine@published, or mine alone$"),
        ("mine:loss=hinge@published", r"@published stands behind the recipe's name, as in mine@published:key=value$"),
        ("@published", r"^'@published' starts with no recipe"),
        ("mine:published.budget=3kimg", r"^override 'published.budget=3kimg': what was published stays as it is"),
    ],
)
def test_refused_specs(registry, spec, said):
    with pytest.raises(RecipeError, match=said):
        resolve(registry, spec)


def test_split():
    assert split_spec("C:/a.yaml@published:b=1:c=2") == ("C:/a.yaml", True, ("b=1", "c=2"))
    assert split_spec("mine@published").called("other") == "other@published"
    assert split_spec("mine:paper='a@b'") == ("mine", False, ("paper='a@b'",))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        (
            "schedule.bach",
            64,
            "published.values.schedule.bach: schedule.bach: no such key; did you mean 'schedule.batch'?",
        ),
        ("schedule.batch", "'64'", "published.values.schedule.batch: schedule.batch: must be an integer, not '64'"),
        ("schedule.batch", 0, "published.values.schedule.batch: schedule.batch: must be greater than or equal to 1"),
        ("regularizers.r2.weight", 1, "published.values.regularizers.r2.weight: regularizers holds no part named 'r2'"),
        ("loss", "[a]", "published.values.loss: loss: must be a name or a mapping with a name"),
        ("title", "x", "published.values: title: is no key that a paper gives a value of"),
        ("space", "{}", "published.values: space: is no key that a paper gives a value of"),
        ("generator.width", ".inf", "published.values.generator.width.value: must be a finite number, not inf"),
    ],
)
def test_values_that_the_recipe_does_not_take(write, key, value, said):
    """Said when the recipe is read, whether its published form is asked for or not."""
    with pytest.raises(RecipeError) as caught:
        load_recipe(write(with_value(key, value)))
    assert str(caught.value).startswith(f"mine.yaml: {said}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("source: alg. 1}", "source: ''}", "published.values.regularizers.gp.weight.source: must have at least 1 char"),
        ("value: null, source", "source", "published.values.generator.width.value: is missing"),
        (
            "{value: 64, source: alg. 1}",
            "64",
            "published.values.schedule.batch: must be a mapping, as in {value: 64, so",
        ),
        ("data: cifar10", "dat: cifar10", "published.dat: no such key; did you mean 'published.data'?"),
        ("data: cifar10", "", "published.data: is missing"),
        ("64000kimg", "5min", "published.budget: must be real images shown to D, in thousands, as in 64000kimg"),
        ("64000kimg", "0kimg", "published.budget: must be real images shown to D, in thousands, as in 64000kimg"),
        ("generator: 12, ", "", "published.parameters: must give generator, discriminator or both"),
        ("spread: 0.06", "spread: -1", "published.metrics[0].spread: must be greater than or equal to 0, not -1"),
        ("[3, 32, 32]", "[3, 32]", "published.shape[2]: is missing"),
        ("generator.width:", "discriminator.x: {value: 1, source: y}\n    discriminator.x.y:", "published.values.disc"),
    ],
)
def test_blocks_that_are_refused(write, registry, was, now, said):
    path = write(PLAIN + BLOCK.replace(was, now, 1))
    for spec in (f"{path}", f"{path}@published", f"{path}@published:schedule.batch=1"):
        with pytest.raises(RecipeError) as caught:
            resolve(registry, spec)
        assert str(caught.value).startswith(f"mine.yaml: {said}")


def test_a_part_comes_before_what_it_would_undo(write):
    text = with_value("generator.width", 3) + "    generator: {value: {name: g}, source: alg. 1}\n"
    with pytest.raises(
        RecipeError, match=r"values: generator: would undo generator.width, .* write generator before it"
    ):
        load_recipe(write(text))
