"""Recipes that cannot be played as asked for, each with the reason, and settings that a budget is too short for."""

from collections.abc import Mapping
from functools import partial

from torch import Tensor

from ....data import DataSet
from ....errors import PluginError, RecipeError
from ....recipes.building.build import Parts, build_parts
from ....recipes.changing import curves_of
from ....recipes.provenance.used import entries_used
from ....recipes.recipe import Recipe
from ....registry.guarding.told import told_parts
from ....registry.registry import Registry
from ....training.turns.unreached import unreached
from ...results.terms.settings import RunSettings
from ...runs.generating.rows import length
from ...runs.ranks.planning import why_not_by_ranks
from ..machine.room import state_bytes
from .dry_turn import broken, why_not_the_batch
from .dry_turns import apart


def misfits(
    recipes: list[Recipe],
    registry: Registry,
    images: DataSet,
    fields: Mapping[str, Tensor],
    settings: RunSettings,
) -> tuple[dict[str, str], dict[str, list[str]], dict[str, int]]:
    """Find the recipes whose parts refuse these data, each other, the budget, the batch, or ranks, and say why.

    Of the others, find what cannot take effect in the budget, and about how many bytes their checkpoints are.
    """
    found: dict[str, str] = {}
    short: dict[str, list[str]] = {}
    states: dict[str, int] = {}
    budgets = {recipe.name: settings.budget.shown(recipe.schedule.batch) for recipe in recipes}

    modality = images.modality(registry)

    def built(recipe: Recipe) -> Parts:
        return build_parts(recipe, registry, modality=modality, seed=0)

    for recipe in recipes:
        try:
            curves_of(recipe, budgets[recipe.name])
            parts = built(recipe)
            with told_parts(entries_used(registry, recipe), "while its budget is looked at"):
                said = unreached(recipe, parts, budgets[recipe.name], length(modality, fields))
        except PluginError as error:
            found[recipe.name] = f"{broken(recipe.name)}{error}"
        except RecipeError as error:
            found[recipe.name] = str(error)
        else:
            short |= {recipe.name: said} if said else {}
            states[recipe.name] = state_bytes(recipe, parts)
    left = [recipe for recipe in recipes if recipe.name not in found]
    dry = [partial(why_not_the_batch, recipe, registry, modality, budgets[recipe.name]) for recipe in left]
    for recipe, why in zip(left, apart(dry), strict=True):
        if not why and (ranks := settings.gpus_per_run) > 1:
            why = why_not_by_ranks(recipe, registry, built(recipe), modality, fields, ranks)
        if why:
            found[recipe.name] = why
            short.pop(recipe.name, None)
            del states[recipe.name]
    if len(found) == len(recipes):
        raise RecipeError("; ".join(_of_recipe(recipe.name, found[recipe.name], recipes) for recipe in recipes))
    return found, short, states


def _of_recipe(name: str, why: str, recipes: list[Recipe]) -> str:
    """Return a reason with its recipe in front, where there are several and it does not name it."""
    title = f"recipe {name!r}"
    return why if len(recipes) == 1 or title in why else f"{title}: {why}"
