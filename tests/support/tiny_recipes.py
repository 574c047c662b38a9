"""Bundled recipes with players as narrow as they go."""

import inspect

from ganzoo.recipes.recipe import load_recipe, resolve
from ganzoo.registry.discovery import load_zoo

REGISTRY = load_zoo(third_party=False).registry


CLASSES = 10


BATCH = 4


def tiny(name, *overrides):
    """The recipe with players as narrow as they go, and no more than one turn of D in a step."""
    whole = load_recipe(REGISTRY.get("recipe", name).target)
    for kind in ("generator", "discriminator"):
        takes = inspect.signature(REGISTRY.get(kind, getattr(whole, kind).name).load()).parameters
        assert "width" in takes, f"{kind} of {name} has no width"
    recipe = resolve(REGISTRY, name, ["generator.width=8", "discriminator.width=8", *overrides])
    schedule = recipe.schedule.model_copy(update={"batch": BATCH, "d_steps": 1})
    return recipe.model_copy(update={"schedule": schedule})
