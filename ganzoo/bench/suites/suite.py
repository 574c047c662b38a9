"""Suites: the benches of a comparison, as a YAML file. Does not import torch.

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
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from ...errors import GanzooError
from ...recipes import safeyaml
from ...recipes.overrides import split_spec
from ...recipes.schema.validation import Source, validation_errors
from ..results.folders import slug
from ..results.terms.setting import settings_of
from ..results.terms.settings import RunSettings
from ..results.terms.track import CONTROLLED
from .fields import Edits, Files, Grid, Recipes, Variants


class Comparison(BaseModel):
    """The part of a suite's file that no single bench has: the recipes, their changes, and the data sets.

    A suite's file is a YAML mapping of these keys and of settings of a bench. What it leaves out is as the command
    line has it.

    Attributes:
        recipes: names, variants or files, which are found from the suite's own; ``all`` is every registered one.
        variants: changes, each a list of ``key=value``: every recipe is played as it is and with each of them.
        grid: values by dotted key, as a recipe's file writes them: of every recipe, and every variant of it, all
            combinations are played. A regularizer alone is a list of one.
        data: names of data sets, or paths from the suite's file; a bench for each.
        override: ``key=value`` for every recipe.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    recipes: Recipes
    variants: Variants = ()
    grid: Grid = {}
    data: Files | None = None
    override: Edits = ()

    def settings(self) -> dict[str, Any]:
        """Give the settings that the file has, by their names in ``RunSettings``."""
        return {name: getattr(self, name) for name in SETTINGS if getattr(self, name) is not None}


SETTINGS = {name: setting.suite for name, setting in settings_of(RunSettings).items() if setting.suite}


def _key(name: str) -> Any:
    field = RunSettings.model_fields[name]
    return Annotated[field.annotation, *field.metadata] | None, Field(None, description=SETTINGS[name])


# A key for each setting that may stand in a suite's file, of the type that it has there; None where it is left out.
Suite: type[Comparison] = create_model(
    "Suite", __base__=Comparison, __doc__=Comparison.__doc__, **{name: _key(name) for name in SETTINGS}
)


def load_suite(path: Path) -> Comparison:
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
    settings = suite.settings()
    if "backbone" in settings and settings.get("track") != CONTROLLED:
        raise GanzooError(f"{path.name}: backbone: says what track: {CONTROLLED} plays on, and that is not there")
    beside = path.parent
    found: dict[str, Any] = {"recipes": tuple(_recipe_from(beside, recipe) for recipe in suite.recipes)}
    if suite.data is not None:
        found["data"] = tuple(str(beside / data) if _is_path(data) else data for data in suite.data)
    if "backbone" in settings:
        found["backbone"] = _recipe_from(beside, settings["backbone"])
    return suite.model_copy(update=found)


def _recipe_from(folder: Path, spec: str) -> str:
    asked = split_spec(spec)
    return asked.called(str(folder / asked.base)) if asked.is_file else spec


def _is_path(data: str) -> bool:
    """True where data is written as a path is: names have neither dots nor slashes, and addresses begin with hf://."""
    return any(sign in data for sign in "./\\") and not data.startswith("hf://")


def bench_folders(data: Iterable[str]) -> dict[str, str]:
    """Name the folder of each data set's bench, below that of the suite.

    Raises:
        GanzooError: two of them would share one.
    """
    folders: dict[str, str] = {}
    for name in data:
        folder = slug(Path(name).name if _is_path(name) else name.removeprefix("hf://"))
        other = next((known for known, taken in folders.items() if taken == folder), None)
        if other is not None:
            raise GanzooError(f"data: {other!r} and {name!r} would share the folder {folder!r}; rename one of them")
        folders[name] = folder
    return folders
