"""Suites: what a bench plays, as a YAML file. Does not import torch.

A file names recipes, and changes of them by list or by grid, and data sets, each of which gets a bench of its own::

    recipes: [dcgan, ../mixtures/ns-gan.yaml]    # or: all
    variants: [loss=hinge, [loss=hinge, schedule.batch=32]]
    grid:
      loss: [hinge, wasserstein]
      regularizers: [r1, gradient-penalty, []]
    data: [digits, mnist]
    seeds: 5
    budget: 200kimg
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...errors import GanzooError
from ...recipes import safeyaml
from ...recipes.fields import Name, Whole
from ...recipes.overrides import split_overrides
from ...recipes.validation import Source, validation_errors
from ..results.folders import slug
from ..results.track import CONTROLLED
from .fields import BudgetText, Edits, Files, Grid, Names, Recipes, Seeds, Variants


class Suite(BaseModel):
    """What a suite's file says; what it leaves out is None, or empty, and as the command line has it.

    Attributes:
        recipes: names, variants or files, which are found from the suite's own; ``all`` is every registered one.
        variants: changes, each a list of ``key=value``: every recipe is played as it is and with each of them.
        grid: values by dotted key, as a recipe's file writes them: of every recipe, and every variant of it, all
            combinations are played. A regularizer alone is a list of one.
        data: names of data sets, or paths from the suite's file; a bench for each.
        seeds: of every run.
        budget: of every run, such as ``200kimg``.
        metrics: their names.
        samples: images that an evaluation generates.
        evaluations: how many, evenly spread over the budget.
        extractor: what sees the images; ``none`` for no numbers.
        track: ``as-published`` or ``controlled``.
        backbone: the recipe whose networks the controlled track plays on.
        tune: trials of each recipe before its runs.
        override: ``key=value`` for every recipe.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipes: Recipes
    variants: Variants = ()
    grid: Grid = {}
    data: Files | None = None
    seeds: Seeds | None = None
    budget: BudgetText | None = None
    metrics: Names | None = None
    samples: Annotated[Whole, Field(ge=2)] | None = None
    evaluations: Annotated[Whole, Field(ge=1, le=1000)] | None = None
    extractor: Name | None = None
    track: Literal["as-published", "controlled"] | None = None
    backbone: Name | None = None
    tune: Annotated[Whole, Field(ge=2, le=1000)] | None = None
    override: Edits = ()


def load_suite(path: Path) -> Suite:
    """Read a suite from a YAML file; its paths are taken from the file's own folder.

    Raises:
        GanzooError: with all that is wrong, one sentence a line, each naming file and key.
    """
    written = safeyaml.read(path)
    if not isinstance(written, dict):
        raise GanzooError(
            f"{path.name}: a suite is a mapping of keys to values, as in recipes: [dcgan], and this is none"
        )
    try:
        suite = Suite.model_validate(written)
    except ValidationError as error:
        raise GanzooError("\n".join(validation_errors(error, Suite, Source(path.name)))) from error
    if suite.backbone is not None and suite.track != CONTROLLED:
        raise GanzooError(f"{path.name}: backbone: says what track: {CONTROLLED} plays on, and that is not there")
    beside = path.parent
    found: dict[str, Any] = {"recipes": tuple(_recipe_from(beside, recipe) for recipe in suite.recipes)}
    if suite.data is not None:
        found["data"] = tuple(str(beside / data) if _is_path(data) else data for data in suite.data)
    if suite.backbone is not None:
        found["backbone"] = _recipe_from(beside, suite.backbone)
    return suite.model_copy(update=found)


def _recipe_from(folder: Path, spec: str) -> str:
    file = split_overrides(spec)[0]
    return str(folder / file) + spec[len(file) :] if Path(file).suffix in (".yaml", ".yml") else spec


def _is_path(data: str) -> bool:
    """Whether data is written as a path is: names have neither dots nor slashes."""
    return any(sign in data for sign in "./\\")


def bench_folders(data: Iterable[str]) -> dict[str, str]:
    """What the folder of each data set's bench is called, below that of the suite.

    Raises:
        GanzooError: two of them would share one.
    """
    folders: dict[str, str] = {}
    for name in data:
        folder = slug(Path(name).name if _is_path(name) else name)
        other = next((known for known, taken in folders.items() if taken == folder), None)
        if other is not None:
            raise GanzooError(f"data: {other!r} and {name!r} would share the folder {folder!r}; rename one of them")
        folders[name] = folder
    return folders
