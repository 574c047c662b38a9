"""Budgets of runs that steps of no run may be the first of: places that follow one another, by hand."""

import pytest
from tiny_players import recipe

from ganzoo.errors import RecipeError
from ganzoo.recipes.changing import curves_of, some_budget

FALL = {"shape": "linear", "start": 1.0, "end": 0.0}


def of(*rates):
    """A recipe of these changes of its learning rates, one or two."""
    g, d = ({"name": "adam", "lr": FALL | change} for change in (rates * 2)[:2])
    return recipe(None, g, d)


@pytest.mark.parametrize(
    ("changes", "kimg"),
    [
        ({"over": 40}, 200),
        ({"over": "80%"}, 200),
        ({"hold": 150}, 200),  # ends before 100%
        ({"hold": 200}, 400),  # must end before it
        ({"warmup": 500, "over": "100%"}, 800),
        ({"hold": "10%", "over": 5}, 25),  # a tenth of 50 kimg is 5 kimg already
        ({"shape": "piecewise", "points": [[0, 1], [300, 1], ["50%", 0]], "start": None, "end": None}, 800),
    ],
)
def test_the_nearest_by_doubling_or_halving(changes, kimg):
    given = {key: value for key, value in (FALL | changes).items() if value is not None}
    made = recipe(None, {"name": "adam", "lr": given})
    assert some_budget(made) == kimg
    assert curves_of(made, kimg).keys() == {"g_optimizer.lr"}


def test_without_changes_it_is_that_of_a_bench():
    assert some_budget(recipe()) == 200


def test_places_that_fit_in_no_run():
    with pytest.raises(RecipeError, match="ends at 500 kimg, and must end before over, which is 100% of the run"):
        some_budget(of({"warmup": 500}, {"hold": "10%", "over": 5}))
