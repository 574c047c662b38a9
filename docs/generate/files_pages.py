"""The reference of the files that a user writes: recipes and suites."""

from ganzoo.bench.suites.suite import Suite
from ganzoo.recipes.recipe import Optimizer, Part, Recipe, Schedule
from ganzoo.recipes.schedules.averaging import Averaging
from ganzoo.recipes.schedules.value_schedule import ValueSchedule
from ganzoo.recipes.schema.published import Published, PublishedMetric, PublishedParameters, PublishedValue

from .docstrings import docstring, markdown
from .markdown import prose
from .models import heading, keys_table, meanings_table
from .page import link, page

RECIPE = "docs/reference/recipe.md"
SUITE = "docs/reference/suite.md"


def recipe_page() -> str:
    """Give the page of the keys of a recipe, and of what is nested in it."""
    examples = link("the zoo", "docs/zoo/index.md", RECIPE)
    parts = [
        "A recipe is a YAML file. It inherits from nothing, and a key that is not here is an error. Each one in "
        f"{examples} is shown as a whole.",
        prose(docstring(Recipe).summary),
        keys_table(Recipe),
    ]
    for model in (Part, Optimizer, Schedule, Published, PublishedValue, PublishedParameters, PublishedMetric):
        parts += [f"## {heading(model)}", markdown(docstring(model).text), keys_table(model)]
    for kind in (Averaging, ValueSchedule):
        parts += [f"## {heading(kind)}", markdown(docstring(kind).text), meanings_table(kind)]
    return page("Keys of a recipe", parts)


def suite_page() -> str:
    """Give the page of the keys of a suite."""
    told = [
        f"A {link('suite', 'docs/guides/suites.md', SUITE)} is a YAML file that says what `ganzoo suite` plays in "
        "several benches: a mapping of these keys. Each from `evaluations` on is the "
        f"{link('option', 'docs/reference/command-line.md', SUITE)} of that name of `ganzoo bench`, which holds where "
        "the file leaves it out.",
        keys_table(Suite),
    ]
    return page("Keys of a suite", told)
