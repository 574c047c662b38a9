"""Checks of recipes."""

from __future__ import annotations

from pathlib import Path

from ..errors import RecipeError
from ..recipes.build import check_recipe
from ..recipes.recipe import Recipe, load_recipe
from ..registry.registry import Registry
from .findings import ConformanceError, Findings, require
from .games import Game, check_game, check_other_order
from .players import CHANNELS, SIZES


def fitting(recipe: Recipe, registry: Registry) -> Game:
    """Make the game of a recipe on the smallest images that its players accept.

    Raises:
        ConformanceError: it refuses all that are tried.
    """
    refusal = ""
    for size in SIZES:
        for channels in CHANNELS:
            game = Game(recipe, registry, size, channels)
            try:
                game.trainer()
            except RecipeError as error:
                refusal = refusal or str(error)
            else:
                return game
    raise ConformanceError(f"it refuses every size of {SIZES} with 1 or 3 channels; of the first it says: {refusal}")


def check_registered_recipe(findings: Findings, registry: Registry) -> None:
    """Check a recipe's file, the binding of its parameters, and its game."""
    recipe, game = None, None
    with findings.check("file"):
        path = registry.get("recipe", findings.name).file
        recipe = load_recipe(path)
        stem = Path(path.name).stem
        require(
            stem == findings.name,
            f"the file is {path.name!r}, and must be named after the recipe: {findings.name}.yaml",
        )
    if recipe is None:
        return
    with findings.check("parameters"):
        check_recipe(recipe, registry)
    if not findings.ok:
        return
    with findings.check("construction") as seen:
        game = fitting(recipe, registry)
        seen.append(f"size {game.image_size}")
    if game is not None:
        check_game(findings, game)
        check_other_order(findings, game)
