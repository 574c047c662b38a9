"""Checks of recipes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ...errors import RecipeError
from ...recipes.building.build import check_recipe
from ...recipes.recipe import Recipe, load_recipe
from ...registry.registry import Registry
from ...training import Trainer
from ..findings import ConformanceError, Findings, require
from ..fixtures.data import modalities_of
from ..playing.checks import check_game, check_other_order
from ..playing.games import ROWS, Game, play


def fitting(recipe: Recipe, registry: Registry) -> Game:
    """Make the game of a recipe on the first data that its players accept.

    Raises:
        ConformanceError: it refuses all that are tried.
    """
    return fitting_in_words(recipe, registry)[0]


def fitting_in_words(recipe: Recipe, registry: Registry) -> tuple[Game, str]:
    """Return the game of ``fitting``, and the words for its data."""
    refusal = ""
    for cls in modalities_of(registry):
        for words, modality in cls.tried():
            game = Game(recipe, registry, modality)
            try:
                trainer = game.trainer()
            except RecipeError as error:
                refusal = refusal or str(error)
            else:
                return _filled(game, trainer), words
    raise ConformanceError(f"it refuses all data that there are; of the first it says: {refusal}")


def _filled(game: Game, trainer: Trainer) -> Game:
    """Return the game, with a larger batch where D packs more samples than the few that are usual here."""
    try:
        play(trainer, 1)
    except RecipeError:
        return replace(game, batch=ROWS)
    except Exception:  # which the check of its steps tells
        return game
    return game


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
        game, words = fitting_in_words(recipe, registry)
        seen.append(words)
    if game is not None:
        check_game(findings, game)
        check_other_order(findings, game)
