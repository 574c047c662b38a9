"""The reference of the files that a user writes, recipes and suites, and of those that a bench writes."""

from ganzoo.bench.results.schemas import MODELS, schema_of
from ganzoo.bench.suites.suite import Suite
from ganzoo.recipes.recipe import Optimizer, Part, Recipe, Schedule

from .docstrings import docstring, markdown
from .markdown import code, prose, table
from .models import keys_table
from .page import link, page

RECIPE = "docs/reference/recipe.md"
SUITE = "docs/reference/suite.md"
WRITTEN = "docs/reference/written-files.md"


def recipe_page() -> str:
    """Give the page of the keys of a recipe, and of what is nested in it."""
    examples = link("the zoo", "docs/zoo/index.md", RECIPE)
    parts = [
        "A recipe is a YAML file. It inherits from nothing, and a key that is not here is an error. Each one in "
        f"{examples} is shown as a whole.",
        prose(docstring(Recipe).summary),
        keys_table(Recipe),
    ]
    for model in (Part, Optimizer, Schedule):
        parts += [f"## {model.__name__}", markdown(docstring(model).text), keys_table(model)]
    return page("Keys of a recipe", parts)


def suite_page() -> str:
    """Give the page of the keys of a suite."""
    told = [
        "A suite is a YAML file that says what `ganzoo` plays in several benches. What it leaves out is as the command "
        f"line has it: {link('options', 'docs/reference/command-line.md', SUITE)}.",
        markdown(docstring(Suite).text),
        keys_table(Suite),
    ]
    return page("Keys of a suite", told)


def written_files_page() -> str:
    """Give the page of the files that a bench writes, each with its JSON schema."""
    rows = [
        (
            code(name),
            prose(_summary(name)),
            link("schema", f"docs/reference/schemas/{name.partition('.')[0]}.schema.json", WRITTEN),
        )
        for name in MODELS
    ]
    return page(
        "Files that a bench writes",
        [
            "Each is JSON, and `metrics.jsonl` a JSON object a line. The schemas say what every key means. Keys that a "
            "schema does not name are allowed: a reader ignores what another version wrote.",
            table(("file", "holds", "JSON schema"), rows),
        ],
    )


def _summary(name: str) -> str:
    return str(schema_of(name).get("description") or "One row of a run's record: of training, a look or an evaluation.")
