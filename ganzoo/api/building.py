"""Recipes as values, and their parts for a training loop of one's own."""

import copy
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import GanzooError, RecipeError
from ..recipes import safeyaml
from ..recipes.overrides import apply_override
from ..recipes.provenance.revisions import named_parts
from ..recipes.recipe import Recipe, resolve
from ..recipes.schema.named_files import name_files
from ..registry.discovery import load_zoo
from ..registry.registry import Registry
from ..seeds import LARGEST_SEED
from .arguments import plain, whole
from .version1 import data_of

if TYPE_CHECKING:
    from ..recipes.building.build import Parts
    from .modalities import ModalityLike

RecipeLike = str | Path | Mapping[str, Any] | Recipe


def recipe(source: RecipeLike, /, **changes: Any) -> Recipe:
    """Give a recipe as a checked, frozen value.

    Args:
        source: the name of a recipe, as on the command line (``"dcgan"``, ``"dcgan@published"``,
            ``"dcgan:loss=hinge"``), the path of a ``.yaml`` file, a mapping such as ``Recipe.to_dict`` gives, or a
            recipe.
        changes: values by key. Dotted keys go in as ``**{"schedule.batch": 32}``. A part is its name, or a mapping with
            its parameters: ``loss={"name": "ebgan", "margin": 2.0}``.

    Raises:
        UnknownName: there is no such recipe or part.
        RecipeError: with all that is wrong, one sentence a line.
    """
    return resolved(source, load_zoo().registry, changes)


def build(
    source: RecipeLike,
    image_size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    num_classes: int | None = None,
    seed: int = 0,
    *,
    modality: "ModalityLike | None" = None,
) -> "Parts":
    """Build a recipe's networks, loss and regularizers, fitted to each other and to images or other data.

    They are for a loop of one's own; ``ganzoo.train`` has one. The global random state is left as it was.

    Args:
        source: see ``recipe``.
        image_size: height and width in pixels: one number for squares, else both, as ``(64, 32)``. None for 32.
        channels: of the images. None for 3.
        num_classes: how many labels the data has; 0, which None stands for, for none.
        seed: of the initial weights.
        modality: of the data, in place of a shape of images: a ``Modality``, such as ``rows.modality``; the name of a
            registered one, which has its defaults; or a mapping with its values,
            ``{"name": "left-half", "image_size": 8, "channels": 1}``.

    Returns:
        ``Parts`` with ``G``, ``D``, ``loss`` and ``regularizers``.

    Raises:
        GanzooError: both a shape and a modality are given, or values that the modality does not take.
        UnknownName: there is no such recipe, part or modality.
        RecipeError: the parts do not fit together, or not these data.
        PluginError: a part breaks its interface.
    """
    from ..recipes.building.build import build_parts

    registry, asked = load_zoo().registry, whole(seed, "seed", 0, LARGEST_SEED)
    of = data_of(modality, image_size, channels, num_classes, registry)
    return build_parts(resolved(source, registry, {}), registry, modality=of, seed=asked)


def resolved(source: RecipeLike, registry: Registry, changes: Mapping[str, Any]) -> Recipe:
    """Give the recipe that a source stands for, with changes; see ``recipe``."""
    edits = [f"{key}={_written(value)}" for key, value in changes.items()]
    if isinstance(source, str | Path):
        return resolve(registry, ":".join([str(source), *edits]))
    if not isinstance(source, Recipe | Mapping):
        raise RecipeError(
            f"a recipe is a name, the path of a .yaml file, a mapping or a Recipe, and not {type(source).__name__}"
        )
    data = source.to_dict() if isinstance(source, Recipe) else copy.deepcopy({**source})
    name = str(data.setdefault("name", "recipe"))
    if edits:
        data = {key: value for key, value in data.items() if key not in ("space", "published")}
        for edit in edits:
            apply_override(data, edit)
        data["name"] = ":".join([name, *edits])
    name_files(data, registry, [Path()])
    made = Recipe.from_dict(data, f"recipe {name!r}")
    for kind, part in named_parts(made):
        registry.get(kind, part.name)
    return made


def spec_of(source: RecipeLike, registry: Registry, folder: Path) -> str:
    """Give a recipe as the command line would name it.

    One that no name stands for is written into a file, which is called by its name.

    Args:
        source: see ``recipe``.
        registry: knows the recipes and the parts.
        folder: takes the file.

    Raises:
        GanzooError: there is no such recipe, or it cannot be read.
    """
    if isinstance(source, str | Path):
        return str(source)
    from ..bench.results.folders import slug

    made = resolved(source, registry, {})
    with suppress(GanzooError):  # it has a name of its own
        if resolve(registry, made.name).played() == made.played():
            return made.name
    stem = slug(made.name)
    path = folder / f"{stem}.yaml"
    path.write_text(safeyaml.dump({key: value for key, value in made.to_dict().items() if key != "name"}))
    return str(path)


def _written(value: Any) -> str:
    """Write a value as an override has it: a plain word as it is, anything else as JSON, which is YAML, too."""
    if isinstance(value, str) and value.replace("-", "").replace("_", "").isalnum():
        with suppress(GanzooError):
            if safeyaml.load(value, "value") == value:
                return value
    try:
        return json.dumps(plain(value), allow_nan=False, default=_of_scalar)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"{value!r:.60} is no value of a recipe ({error})") from error


def _of_scalar(value: Any) -> Any:
    """Give a number of numpy or torch, which stands inside of a mapping, as Python's own.

    Raises:
        TypeError: it is something else.
    """
    found = plain(value)
    if found is value:
        raise TypeError(f"a {type(value).__name__} is none")
    return found
