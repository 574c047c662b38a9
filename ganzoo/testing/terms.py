"""Checks of losses and regularizers, which need a pair of players to act on."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import GanzooError
from ..interfaces import Discriminator, Loss, Regularizer
from ..recipes.build import build_part, load_class
from ..recipes.recipe import Part
from ..registry.registry import Registry
from .findings import ConformanceError, Findings, listed, require
from .games import Game, check_game, check_other_order, play
from .partners import NAME, plain_recipe, with_partners
from .symmetry import views_are_unmoved
from .usage import parameters_of, recipes_with


def _settings(registry: Registry, kind: str, name: str) -> Iterator[tuple[Part, Part, bool]]:
    """Give generator, discriminator and labels to try the term with: the suite's own first, then the registered."""
    recipes = recipes_with(registry, kind, name)
    small = Part(name=NAME)
    for conditional in dict.fromkeys([*(recipe.conditional for recipe in recipes), False, True]):
        yield small, small, conditional
    for recipe in recipes:
        yield recipe.generator, recipe.discriminator, recipe.conditional
    for entry in registry.all("discriminator"):
        for conditional in (False, True):
            yield small, Part(name=entry.name), conditional


def _gives(registry: Registry, discriminator: str) -> frozenset[str]:
    try:
        kind: type[Discriminator] = load_class(registry, "discriminator", discriminator)
    except GanzooError:
        return frozenset()
    return kind.outputs


def _class_of(registry: Registry, kind: str, name: str) -> type[Loss] | type[Regularizer]:
    """Give the class of a loss or a regularizer."""
    term: type[Loss] | type[Regularizer] = load_class(registry, kind, name)
    return term


def game_of(registry: Registry, kind: str, name: str) -> Game:
    """Find the first game in which the term plays a step; where there is none, the first that can be built.

    The suite's own players and loss are among those that it is tried with.

    Raises:
        ConformanceError: no discriminator gives what the term reads.
        Exception: what the first attempt to build a game raised, if none can be built.
    """
    registry = with_partners(registry)
    term, cls = Part(name=name, params=parameters_of(registry, kind, name)), _class_of(registry, kind, name)
    built: list[Game] = []
    errors: list[Exception] = []
    for generator, discriminator, conditional in _settings(registry, kind, name):
        if not cls.reads <= _gives(registry, discriminator.name):
            continue
        recipe = plain_recipe(kind, term, conditional, cls.pairs, generator=generator, discriminator=discriminator)
        game = Game(recipe, registry)
        try:
            trainer = game.trainer()
            built.append(game)
            play(trainer, 1)
        except Exception as error:
            errors.append(error)
        else:
            return game
    if built:
        return built[0]
    if errors:
        raise errors[0]
    raise ConformanceError(f"it reads {listed(cls.reads)}, and no registered discriminator gives all of that")


def _check_symmetry(findings: Findings, registry: Registry, game: Game) -> None:
    """Check that a regularizer's views favour no side, if it says so."""
    (part,) = game.recipe.regularizers
    term: Regularizer = build_part(registry, "regularizer", part)
    if term.mirror_symmetric:
        with findings.check("symmetry"):
            views_are_unmoved(term)


def check_term(findings: Findings, registry: Registry) -> None:
    """Check a loss or a regularizer in a game of its own."""
    kind, name = findings.kind, findings.name
    with findings.check("declaration"):
        reads = _class_of(registry, kind, name).reads
        sound = isinstance(reads, frozenset) and all(isinstance(key, str) for key in reads)
        require(sound, f"reads is {reads!r}, and must be a frozenset of names")
    if not findings.ok:
        return
    game = None
    with findings.check("construction") as seen:
        game = game_of(registry, kind, name)
        recipe = game.recipe
        own = recipe.discriminator.name == NAME
        seen.append("with the suite's own players" if own else f"with discriminator {recipe.discriminator.name!r}")
        if recipe.conditional:
            seen.append("with labels")
    if game is not None:
        if kind == "regularizer":
            _check_symmetry(findings, registry, game)
        check_game(findings, game)
        check_other_order(findings, game)
