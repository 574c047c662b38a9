"""Tracks: recipes are compared as they ship, as their papers play them, or as methods on equal networks.

``as-shipped`` plays each recipe as it is written. ``published`` plays the published form of each, see
``published_track.py``. ``controlled`` gives all of them the networks, the batch, the average, the flips and the labels
of one backbone recipe, so that only the method differs: the loss, the regularizers, the optimizers, and who moves how
often and when. Data order and precision are the same on every track. Numbers of two tracks are never ranked in one
table.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ....errors import RecipeError
from ....recipes.schema.search_space import meet

if TYPE_CHECKING:
    from ....recipes.recipe import Recipe

AS_SHIPPED, PUBLISHED, CONTROLLED = "as-shipped", "published", "controlled"
RENAMED = {"as-published": AS_SHIPPED}  # in files and commands from before there were published forms
TEXTS = ("name", "title", "year", "paper", "summary", "departs")
# Dotted keys that the backbone decides on the controlled track.
OF_THE_BACKBONE = ("generator", "discriminator", "schedule.batch", "schedule.ema", "flips", "dequantize", "conditional")


def _at(recipe: Recipe, key: str) -> Any:
    value: Any = recipe
    for step in key.split("."):
        value = getattr(value, step)
    return value


def on_backbone(recipe: Recipe, backbone: Recipe, edits: Iterable[str] = ()) -> Recipe:
    """Return a recipe's method on the networks and the terms of a backbone, under the recipe's own name.

    Args:
        recipe: gives loss, regularizers, optimizers, ``d_steps``, ``order``, ``share_fakes`` and ``joint``.
        backbone: gives the rest.
        edits: the ``key=value`` that the recipe's name is made of.

    Raises:
        RecipeError: the recipe is a variant by a key that the backbone decides, so that its name would be wrong.
    """
    if recipe == backbone:
        return recipe
    for edit in edits:
        for key in OF_THE_BACKBONE:
            if meet(edit.partition("=")[0].strip(), key) and _at(recipe, key) != _at(backbone, key):
                raise RecipeError(
                    f"recipe {recipe.name!r}: {edit!r} is undone by --track controlled, where {key} is that of "
                    f"{backbone.name!r}; leave it out, or name another --backbone"
                )
    changes: dict[str, Any] = {key: _at(backbone, key) for key in OF_THE_BACKBONE if "." not in key}
    of_both = {"batch": backbone.schedule.batch, "ema": backbone.schedule.ema}
    told = (
        f"On the controlled track: networks, batch, average, flips and labels are those of {backbone.name}; what is "
        "said of them below does not hold here."
    )
    return recipe.model_copy(
        update={
            **changes,
            "schedule": recipe.schedule.model_copy(update=of_both),
            "departs": f"{told} {recipe.departs}".rstrip(),
        }
    )


def alike(recipes: Iterable[Recipe]) -> dict[str, str]:
    """Find the recipes that play the same as one before them: only their networks, now the backbone's, told them apart.

    Args:
        recipes: on one backbone.
    """
    found: dict[str, str] = {}
    seen: dict[str, str] = {}
    for recipe in recipes:
        plays = recipe.model_dump_json(exclude={"space", "published", *TEXTS})
        if plays in seen:
            found[recipe.name] = (
                f"recipe {recipe.name!r} plays the same as {seen[plays]!r} on the controlled track: what sets it apart "
                "lies in what the backbone gives"
            )
        seen.setdefault(plays, recipe.name)
    return found
