"""What a recipe lets a search change: read, refused, and walked through."""

import math

import pytest

from ganzoo.errors import RecipeError
from ganzoo.recipes import safeyaml
from ganzoo.recipes.recipe import Recipe, load_recipe, resolve
from ganzoo.recipes.schema import search_space
from ganzoo.registry.registry import Entry

PLAIN = """
generator: {name: g, width: 8}
discriminator: d
loss: hinge
regularizers: [r1, {name: gp, weight: 10.0}]
g_optimizer: {lr: 2.0e-4, betas: [0.5, 0.999]}
d_optimizer: {lr: 2.0e-4}
schedule: {batch: 64, d_steps: 2}
"""
SPACE = """
space:
  g_optimizer.lr: [1.0e-4, 1.0e-2]
  g_optimizer.betas: {choices: [[0.5, 0.999], [0.0, 0.9]]}
  regularizers.gp.weight: [1, 100]
  schedule.d_steps: [1, 5]
"""


@pytest.fixture
def registry(five_parts, write):
    five_parts.add([Entry("recipe", "mine", write(PLAIN + SPACE), "a")])
    return five_parts


def test_a_space_is_read_and_written_again(write):
    recipe = load_recipe(write(PLAIN + SPACE))
    assert recipe.space == {
        "g_optimizer.lr": [1e-4, 1e-2],
        "g_optimizer.betas": {"choices": [[0.5, 0.999], [0.0, 0.9]]},
        "regularizers.gp.weight": [1, 100],
        "schedule.d_steps": [1, 5],
    }
    assert load_recipe(write(safeyaml.dump(recipe.to_dict()), "again.yaml")) == recipe
    assert Recipe.from_dict(recipe.to_dict()) == recipe
    assert "space" not in load_recipe(write(PLAIN)).to_dict()


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("g_optimizer.lr: [1.0e-3, 1.0e-4]", r"space: g_optimizer.lr: write \[low, high\] with 0 < low < high, or .*"),
        ("g_optimizer.lr: [1.0e-3, 1.0e-3]", r"space: g_optimizer.lr: write .*"),
        ("g_optimizer.lr: [0, 1]", r"space: g_optimizer.lr: write .*"),
        ("g_optimizer.lr: [1, 2, 3]", r"space: g_optimizer.lr: write .*"),
        ("g_optimizer.lr: 1.0e-3", r"space: g_optimizer.lr: write .*"),
        ("g_optimizer.lr: [true, 2]", r"space: g_optimizer.lr: write .*"),
        ("g_optimizer.lr: {choices: [1.0e-3]}", r"space: g_optimizer.lr: write .*"),
        ("g_optimizer.lr: {choices: [1.0e-3, 1.0e-3]}", r"space: g_optimizer.lr: write .*"),
        ("g_optimizer.lr: {values: [1.0e-3, 1.0e-4]}", r"space: g_optimizer.lr: write .*"),
        ("g_optimizer.lr: [1, .inf]", r"space.g_optimizer.lr: must be a finite number, not inf"),
        ("title: {choices: [a, b]}", r"space: title: is no key that a search may change; take one such as .*"),
        ("conditional: {choices: [true, false]}", r"space: conditional: is no key that a search may change; .*"),
        ("g_optimizer..lr: [1, 2]", r"space: g_optimizer..lr: is no key that a search may change; .*"),
        (
            "generator: {choices: [g, h]}\n  generator.width: [1, 8]",
            r"space: generator and generator.width cannot both be searched: one holds the other",
        ),
        ("regularizers.r2.weight: [1, 2]", r"space.regularizers.r2.weight: regularizers holds no part named 'r2'; .*"),
        (
            "schedule.bach: [1, 2]",
            r"space.schedule.bach at 1: schedule.bach: no such key; did you mean 'schedule.batch'\?",
        ),
        ("schedule.batch: [1.5, 2.5]", r"space.schedule.batch at 1.5: schedule.batch: must be an integer, not 1.5"),
        ("schedule.ema: [0.5, 1.0]", r"space.schedule.ema at 1.0: schedule.ema: must be less than 1, not 1.0"),
    ],
)
def test_a_space_that_is_refused(write, written, message):
    with pytest.raises(RecipeError, match=f"^mine.yaml: {message}") as caught:
        load_recipe(write(f"{PLAIN}space:\n  {written}\n"))
    assert all(line.startswith("mine.yaml: space") for line in str(caught.value).splitlines())


def test_a_space_that_is_no_mapping(write):
    with pytest.raises(RecipeError, match=r"^mine.yaml: space: must be a mapping, as in {g_optimizer.lr: "):
        load_recipe(write(PLAIN + "space: [g_optimizer.lr]\n"))


def test_what_is_written_on_the_command_line_is_not_searched(registry):
    every = set(resolve(registry, "mine").space)
    assert every == {"g_optimizer.lr", "g_optimizer.betas", "regularizers.gp.weight", "schedule.d_steps"}
    assert set(resolve(registry, "mine:g_optimizer.lr=1").space) == every - {"g_optimizer.lr"}
    assert set(resolve(registry, "mine", ["g_optimizer={lr: 1}"]).space) == every - {
        "g_optimizer.lr",
        "g_optimizer.betas",
    }
    assert set(resolve(registry, "mine:regularizers=[r1]").space) == every - {"regularizers.gp.weight"}
    assert set(resolve(registry, "mine:generator.width=4").space) == every
    assert resolve(registry, "mine:space={schedule.batch: [8, 16]}").space == {"schedule.batch": [8, 16]}


def test_a_point_of_a_space_is_a_recipe_without_one(registry):
    recipe = resolve(registry, "mine")
    point = recipe.changed({"regularizers.r1.weight": 0.5, "g_optimizer.betas": [0.0, 0.9], "schedule.d_steps": 5})
    assert [part.written() for part in point.regularizers] == [
        {"name": "r1", "weight": 0.5},
        {"name": "gp", "weight": 10.0},
    ]
    assert (point.g_optimizer.params, point.schedule.d_steps, point.space) == ({"betas": [0.0, 0.9]}, 5, {})
    assert recipe.changed({}) == recipe.model_copy(update={"space": {}})
    with pytest.raises(
        RecipeError, match=r"recipe 'mine': schedule.d_steps: must be greater than or equal to 1, not 0"
    ):
        recipe.changed({"schedule.d_steps": 0})


def test_an_interval_is_walked_in_the_logarithm():
    assert search_space.value_at([1e-4, 1e-2], 0.0) == 1e-4
    assert search_space.value_at([1e-4, 1e-2], 0.5) == 1e-3
    assert search_space.value_at([1e-4, 1e-2], 0.75) == 3.162e-3  # 10^-2.5, to four digits
    assert search_space.value_at([1.23444, 9.87654], 0.0) == 1.23444  # no rounding leads beyond an end
    assert search_space.value_at([1.23444, 9.87654], 1 - 1e-12) == 9.87654


def test_whole_ends_give_whole_numbers():
    """Each number n of 1 to 5 has the share log((n + 1) / n) / log 6 of the way."""
    borders = [math.log(n) / math.log(6) for n in range(1, 6)]
    for n, low in enumerate(borders, 1):
        assert search_space.value_at([1, 5], low + 1e-9) == n
        assert search_space.value_at([1, 5], low - 1e-9 if n > 1 else low) == max(1, n - 1)
    assert search_space.value_at([1, 5], 1 - 1e-12) == 5
    assert type(search_space.value_at([1, 5], 0.3)) is int
    assert type(search_space.value_at([1, 5.0], 0.3)) is float


def test_choices_get_equal_shares():
    values = {"choices": ["a", "b", "c"]}
    assert [search_space.value_at(values, share / 6) for share in range(6)] == ["a", "a", "b", "b", "c", "c"]
    assert search_space.value_at(values, 1.0) == "c"


def test_keys_that_meet():
    assert search_space.meet("a.b", "a.b") and search_space.meet("a", "a.b") and search_space.meet("a.b.c", "a")
    assert not search_space.meet("a.b", "a.c") and not search_space.meet("ab", "a")
    assert search_space.without({"a.b": 1, "c": 2, "c2": 3}, ["a", "c.d"]) == {"c2": 3}
    assert search_space.overlapping(["a.b", "c", "a.d"]) is None
    assert search_space.overlapping(["a.b", "c", "a"]) == ("a.b", "a")
