"""Parts that were trained before a run begins: a speedrun takes none, but for the extractor that judges."""

from collections.abc import Iterator

from torch import nn

from ...data import DataSet
from ...errors import RecipeError
from ...interfaces import Extractor, Generator
from ...recipes.building.build import build_parts
from ...recipes.building.one_part import load_class
from ...recipes.building.part_weights import file_of
from ...recipes.provenance.revisions import named_parts
from ...recipes.recipe import Recipe
from ...registry.registry import Registry


def require_weightless(recipe: Recipe, registry: Registry, *, foreign: bool) -> None:
    """Refuse a recipe whose parts declare a file of weights.

    Args:
        recipe: to be played.
        registry: knows its parts.
        foreign: look at parts of third parties, too; they are imported, and so have to be tried before.

    Raises:
        RecipeError: a part does.
    """
    for kind, part in named_parts(recipe):
        if registry.get(kind, part.name).foreign and not foreign:
            continue
        file = file_of(load_class(registry, kind, part.name))
        if file is not None:
            raise RecipeError(_refused(recipe, f"its {kind} {part.name!r} brings the weights {file.name!r}"))


def require_untrained(recipe: Recipe, registry: Registry, images: DataSet) -> None:
    """Refuse a recipe whose parts hold a network that was trained: an extractor, or a generator beside the player.

    Args:
        recipe: to be played.
        registry: knows its parts.
        images: that it is built for.

    Raises:
        RecipeError: a part does.
    """
    require_weightless(recipe, registry, foreign=True)
    parts = build_parts(recipe, registry, modality=images.modality(registry), seed=0)
    for name, module in parts.modules().items():
        for what in _trained(module, is_player=name == "G"):
            raise RecipeError(_refused(recipe, f"its {parts.titles.get(name, name)} holds {what}"))


def _trained(module: nn.Module, *, is_player: bool) -> Iterator[str]:
    for below in module.modules():
        if isinstance(below, Extractor):
            yield "an extractor, which was trained before"
        if isinstance(below, Generator) and not is_player:
            yield "a generator, which was trained before"


def _refused(recipe: Recipe, why: str) -> str:
    return (
        f"recipe {recipe.name!r} enters no speedrun: {why}, and of all that was trained before only the extractor that "
        "judges may take part"
    )
