"""Recipes: a GAN as a YAML file that names its parts, checked and frozen. Does not import torch."""

import copy
import json
from collections.abc import Iterable, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from ..errors import GanzooError, RecipeError
from ..registry.registry import Registry
from . import safeyaml
from .overrides import apply_override, split_spec
from .schema import search_space
from .schema.fields import Frozen, Name, Space, Switch, Text, Whole
from .schema.named_files import name_files
from .schema.published import Published, put_in_place
from .schema.sections import Optimizer, Part, Schedule, Steady, Term
from .schema.short_forms import written_out
from .schema.validation import Source, key, validation_errors

__all__ = ["Optimizer", "Part", "Recipe", "Schedule", "load_recipe", "resolve"]


class Recipe(Frozen):
    """A GAN: two players, what they descend, and the rhythm of the game.

    Attributes:
        name: as written on the command line, variants included.
        title: the method's name in print.
        year: of publication.
        paper: such as ``arXiv:1704.00028``.
        summary: one line.
        departs: where it differs from the paper, and why.
        conditional: the players see labels.
        flips: real images are mirrored at random.
        dequantize: real images have uniform noise of one grey level, new in each turn: (x + u) / 128 - 1 of bytes x,
            with u from 0 to 1, instead of x / 127.5 - 1.
        generator: the part that draws.
        discriminator: the part that judges.
        loss: what both descend.
        regularizers: what acts beside the loss, in this order.
        g_optimizer: moves the generator.
        d_optimizer: moves the discriminator.
        schedule: the rhythm.
        space: what ``ganzoo bench --tune`` may change: for a key ``[low, high]`` or ``{choices: [...]}``; no
            part of what the recipe is.
        published: what its paper plays; no part of what the recipe is.
    """

    name: Name
    title: Text = ""
    year: Annotated[Whole, Field(ge=1900, le=2200)] | None = None
    paper: Text = ""
    summary: Text = ""
    departs: Text = ""
    conditional: Switch = False
    flips: Switch = False
    dequantize: Switch = False
    generator: Steady
    discriminator: Steady
    loss: Steady
    regularizers: Annotated[tuple[Term, ...], Field(examples=[["r1"]])] = ()
    g_optimizer: Optimizer
    d_optimizer: Optimizer
    schedule: Schedule = Schedule()
    space: Space = Field(default_factory=dict)
    published: Published | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as a file writes it and ``from_dict`` reads it; empty texts, space and published are left out."""
        texts = {key: getattr(self, key) for key in ("title", "year", "paper", "summary", "departs")}
        return {
            "name": self.name,
            **{key: value for key, value in texts.items() if value},
            "conditional": self.conditional,
            "flips": self.flips,
            **({"dequantize": True} if self.dequantize else {}),
            "generator": self.generator.written(),
            "discriminator": self.discriminator.written(),
            "loss": self.loss.written(),
            "regularizers": [part.written() for part in self.regularizers],
            "g_optimizer": self.g_optimizer.written(),
            "d_optimizer": self.d_optimizer.written(),
            "schedule": self.schedule.written(),
            **({"space": copy.deepcopy(self.space)} if self.space else {}),
            **({"published": self.published.written()} if self.published else {}),
        }

    def played(self) -> "Recipe":
        """Return what a run plays and its key is made of: this recipe with no space and nothing published."""
        return self.model_copy(update={"space": {}, "published": None})

    def changed(self, changes: Mapping[str, Any]) -> "Recipe":
        """Return this recipe with other values of some keys, as a run plays it: one point of its space.

        Args:
            changes: values by dotted key, such as ``{"regularizers.r1.weight": 5.0}``.

        Raises:
            RecipeError: a key or a value that it does not take.
        """
        data = self.played().to_dict()
        for name, value in changes.items():
            apply_override(data, f"{name}={json.dumps(value)}")
        return self.from_dict(data, f"recipe {self.name!r}")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], source: str = "recipe") -> "Recipe":
        """Check plain data such as ``to_dict`` gives.

        Args:
            data: keys and values as a file writes them.
            source: what errors call it, such as the file's name.

        Raises:
            RecipeError: with all that is wrong, one sentence a line, each naming source and key.
        """
        recipe, problems = _check(data, Source(source))
        if recipe is None:
            raise RecipeError("\n".join(problems))
        return recipe


def load_recipe(path: Path | Traversable) -> Recipe:
    """Read a recipe from a YAML file; it is called by the file's stem unless it has a ``name`` of its own.

    Raises:
        RecipeError: with all that is wrong, one sentence a line, each naming file and key.
    """
    return Recipe.from_dict(_read(path), path.name)


def resolve(registry: Registry, spec: str, overrides: Iterable[str] = ()) -> Recipe:
    """Return a recipe as named on the command line.

    Args:
        registry: knows recipes and parts.
        spec: a registered name or the path of a ``.yaml`` file, as it is or ``@published``, with any number of
            ``:key=value`` behind it: ``dcgan@published:loss=hinge:schedule.batch=128``. The recipe is called by what
            is written here, a file by its stem.
        overrides: more of the form ``key=value``, applied behind what was published and before those of ``spec``.

    Raises:
        UnknownName: no such recipe.
        PluginError: the recipe belongs to a plugin that failed.
        RecipeError: with all that is wrong, one sentence a line, each naming key and file or override.
    """
    asked = split_spec(spec)
    edits = (*overrides, *asked.edits)
    path: Any = Path(asked.base) if asked.is_file else registry.get("recipe", asked.base).target
    data = _read(path)
    source = Source(path.name)
    if asked.is_file:
        name_files(data, registry, [path.parent, Path()])
    problems = put_in_place(data, source) if asked.published else []
    for override in edits:
        try:
            source.changed(apply_override(data, override), f"override {override!r}")
        except RecipeError as error:
            problems.append(str(error))
    name_files(data, registry, [Path()])
    if asked.published:
        data.pop("space", None)  # it lies about the values that are in place no longer
    if edits:
        data.pop("published", None)  # of the recipe, not of its variants
    if isinstance(data.get("space"), dict):  # what is written on the command line is not searched
        data["space"] = search_space.without(data["space"], (edit.partition("=")[0].strip() for edit in edits))
    data["name"] = asked.called(path.stem if asked.is_file else asked.base)
    recipe, complained = _check(data, source)
    problems += [problem for problem in complained if problem not in problems]
    if recipe is not None:
        problems += _unknown_parts(recipe, registry, source)
    if recipe is None or problems:
        raise RecipeError("\n".join(problems))
    return recipe


def _read(path: Path | Traversable) -> dict[str, Any]:
    data = safeyaml.read(path)
    if not isinstance(data, dict):
        raise RecipeError(f"{path.name}: a recipe is a mapping of keys to values, and this file holds none")
    return {"name": Path(path.name).stem, **data}


def _check(data: Mapping[str, Any], source: Source) -> tuple[Recipe | None, list[str]]:
    """Read data as a file writes it, into a recipe, or into sentences on what is wrong."""
    try:
        recipe = Recipe.model_validate(written_out(data))
    except ValidationError as error:
        return None, validation_errors(error, Recipe, source)
    problems = _beyond(data, recipe.space, source) + _refused(data, source)
    return (None, problems) if problems else (recipe, [])


def _beyond(data: Mapping[str, Any], searched: Mapping[str, Any], source: Source) -> list[str]:
    """Return what a recipe refuses of its own space: a key that it has not, or an end that it does not take."""
    problems = []
    for name, values in searched.items():
        where = f"{source.of(('space', name))}: space.{name}"
        for end in search_space.ends(values):
            changed = {key: copy.deepcopy(value) for key, value in data.items() if key not in ("space", "published")}
            try:
                apply_override(changed, f"{name}={json.dumps(end)}")
            except RecipeError as error:
                problems.append(f"{where}: {str(error).partition(': ')[2]}")
                break
            problems += _check(changed, Source(f"{where} at {json.dumps(end)}"))[1]
    return problems


def _refused(data: Mapping[str, Any], source: Source) -> list[str]:
    """Return what a recipe refuses of the values that were published: a key that it has not, or a value."""
    if data.get("published") is None:
        return []
    changed, blamed = copy.deepcopy({key: value for key, value in data.items() if key != "space"}), Source(source.file)
    problems = put_in_place(changed, blamed)
    del changed["published"]
    return problems or _check(changed, blamed)[1]


def _unknown_parts(recipe: Recipe, registry: Registry, source: Source) -> list[str]:
    named: list[tuple[tuple[str | int, ...], str, Part]] = [
        ((kind,), kind, getattr(recipe, kind)) for kind in ("generator", "discriminator", "loss")
    ]
    named += [(("regularizers", i), "regularizer", part) for i, part in enumerate(recipe.regularizers)]
    problems = []
    for path, kind, part in named:
        try:
            registry.get(kind, part.name)
        except GanzooError as error:
            problems.append(f"{source.of(path)}: {key(path)}: {error}")
    return problems
