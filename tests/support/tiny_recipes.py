"""Bundled recipes with players as narrow as they go."""

import inspect

from ganzoo.recipes.recipe import load_recipe, resolve
from ganzoo.registry.discovery import load_zoo

REGISTRY = load_zoo(third_party=False).registry


def _needs(name):
    """The keywords that the recipe's players need and it does not give."""
    recipe = load_recipe(REGISTRY.get("recipe", name).target)
    for kind in ("generator", "discriminator"):
        part = getattr(recipe, kind)
        takes = inspect.signature(REGISTRY.get(kind, part.name).load()).parameters.values()
        yield from (p.name for p in takes if p.default is p.empty and p.name not in part.params)


def players_of_images():
    """The names of all players that images offer all that they need, by kind."""
    offered = REGISTRY.get("modality", "images").load().offered
    found = {}
    for kind in ("generator", "discriminator"):
        found[kind] = [
            entry.name
            for entry in REGISTRY.all(kind)
            if {p.name for p in inspect.signature(entry.load()).parameters.values() if p.default is p.empty} <= offered
        ]
    return found


def _refused(name):
    """The modalities that a parameter which the recipe gives keeps its player from."""
    recipe = load_recipe(REGISTRY.get("recipe", name).target)
    for kind in ("generator", "discriminator"):
        part = getattr(recipe, kind)
        for parameter, kept in REGISTRY.get(kind, part.name).load().confines.items():
            if parameter in part.params:
                yield from {entry.name for entry in REGISTRY.all("modality")} - set(kept)


def played_on(name):
    """The modalities whose data offer what the recipe's players need, and that none of its parameters excludes."""
    needs, refused = frozenset(_needs(name)), set(_refused(name))
    modalities = {entry.name: entry.load() for entry in REGISTRY.all("modality")}
    return {called: cls for called, cls in modalities.items() if needs <= cls.offered and called not in refused}


RECIPES = [entry.name for entry in REGISTRY.all("recipe")]
OF_IMAGES = [name for name in RECIPES if "images" in played_on(name)]
OF_OTHERS = [name for name in RECIPES if name not in OF_IMAGES]

CLASSES = 10


BATCH = 4


def tiny(name, *overrides):
    """The recipe with players as narrow as they go, and no more than one turn of D in a step."""
    whole = load_recipe(REGISTRY.get("recipe", name).target)
    for kind in ("generator", "discriminator"):
        takes = inspect.signature(REGISTRY.get(kind, getattr(whole, kind).name).load()).parameters
        assert "width" in takes, f"{kind} of {name} has no width"
    recipe = resolve(REGISTRY, name, ["generator.width=8", "discriminator.width=8", *overrides])
    packing = takes["packing"].default if "packing" in takes else 1
    batch = max(BATCH, whole.discriminator.params.get("packing", packing))
    schedule = recipe.schedule.model_copy(update={"batch": batch, "d_steps": 1})
    return recipe.model_copy(update={"schedule": schedule})
