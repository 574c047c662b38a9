"""Checks of losses and regularizers, which need a pair of players to act on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import product
from typing import Any

import torch

from ...errors import GanzooError, RecipeError
from ...interfaces import Discriminator, Loss, Modality, Regularizer, RunLength
from ...recipes.building.build import build_part, load_class
from ...recipes.provenance.revisions import named_parts
from ...recipes.recipe import Part
from ...registry.registry import Registry
from ..findings import ConformanceError, Findings, listed, require
from ..fixtures.data import BATCH, Case, has_conditions, modalities_of
from ..fixtures.partners import ANY, NAME, plain_recipe, with_partners
from ..fixtures.usage import parameters_of, recipes_with
from ..playing.checks import check_game, check_other_order
from ..playing.games import ROWS, Game, play
from ..remedies import with_remedy
from .symmetry import views_are_unmoved

_UNDECLARED = "it differentiates a network's output with `create_graph`, and second_order is False"


def _settings(registry: Registry, kind: str, name: str) -> Iterator[tuple[Case, dict[str, Part]]]:
    """Give data and players to try the term with.

    The suite's own come first on the first data, then those of the term's recipes and of its plugin, on all data, then
    every registered discriminator.
    """
    recipes, plugin = recipes_with(registry, kind, name), registry.get(kind, name).plugin
    first, *others = _first_data(registry, plugin)
    orders = dict.fromkeys([*(recipe.conditional for recipe in recipes), False, True])
    for conditional in orders:
        yield Case(first, conditional), {}
    pairs: list[tuple[tuple[bool, ...], Part, Part]]
    pairs = [((recipe.conditional,), recipe.generator, recipe.discriminator) for recipe in recipes]
    kin = [[Part(name=e.name) for e in registry.all(k) if e.plugin == plugin] for k in ("generator", "discriminator")]
    pairs += [(tuple(orders), generator, discriminator) for generator, discriminator in product(*kin)]
    for ways, generator, discriminator in pairs:
        for modality, conditional in product((first, *others), ways):
            if has_conditions(modality) or not conditional:
                yield Case(modality, conditional), {"generator": generator, "discriminator": discriminator}
    for entry in registry.all("discriminator"):
        for conditional in (False, True):
            yield Case(first, conditional), {"discriminator": Part(name=entry.name)}


def _elsewhere(registry: Registry, plugin: str) -> Iterator[tuple[Case, dict[str, Part]]]:
    """Give further data, for a term that the first are not for; the suite's own players take any."""
    for modality in _first_data(registry, plugin)[1:]:
        for conditional in (False, True) if has_conditions(modality) else (False,):
            yield Case(modality, conditional), {}


def _first_data(registry: Registry, plugin: str) -> list[Modality]:
    return [cls.tried()[0][1] for cls in modalities_of(registry, plugin)]


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
    for settings in (_settings(registry, kind, name), _elsewhere(registry, registry.get(kind, name).plugin)):
        for case, players in settings:
            recipe = plain_recipe(kind, term, case, cls.pairs, cls.reads_average, **players)
            if not cls.reads <= _gives(registry, recipe.discriminator.name):
                continue
            for batch in (BATCH, ROWS):  # as packs may take more than a few
                game = Game(recipe, registry, case.modality, batch)
                try:
                    trainer = game.trainer()
                    built.append(game)
                    play(trainer, 1)
                except Exception as error:
                    errors.append(error)
                    if not isinstance(error, RecipeError):
                        break
                else:
                    return game
        if built:
            return built[0]
    if errors:
        raise errors[0]
    raise ConformanceError(f"it reads {listed(cls.reads)}, and no registered discriminator gives all of that")


def _played(registry: Registry, kind: str, name: str, game: Game) -> list[str]:
    """List the further modalities on which the term plays a step with the suite's own players."""
    registry, cls = with_partners(registry), _class_of(registry, kind, name)
    (term,) = (part for k, part in named_parts(game.recipe) if (k, part.name) == (kind, name))
    found: list[str] = []
    for case, _ in _elsewhere(registry, registry.get(kind, name).plugin):
        modality = case.modality
        if modality.name in (game.modality.name, *found):
            continue
        recipe = plain_recipe(kind, term, case, cls.pairs, cls.reads_average)
        if cls.reads <= _gives(registry, recipe.discriminator.name):
            with suppress(Exception):  # whatever stops it, it is not for these data
                play(Game(recipe, registry, modality).trainer(), 1)
                found.append(modality.name)
    return found


def _check_symmetry(findings: Findings, registry: Registry, game: Game) -> None:
    """Check that a regularizer's views favour no side, if it says so."""
    (part,) = game.recipe.regularizers
    term: Regularizer = build_part(registry, "regularizer", part)
    if term.mirror_symmetric:
        with findings.check("symmetry"):
            views_are_unmoved(term)


@contextmanager
def _second_derivatives() -> Iterator[list[bool]]:
    """Give a list that is not empty once the block has taken a gradient that can be differentiated again."""
    taken: list[bool] = []
    grad = torch.autograd.grad

    def watched(*given: Any, **named: Any) -> Any:
        if named.get("create_graph", given[4] if len(given) > 4 else False):
            taken.append(True)
        return grad(*given, **named)

    torch.autograd.grad = watched
    try:
        yield taken
    finally:
        torch.autograd.grad = grad


def _check_reports(term: Loss | Regularizer, batch: int) -> None:
    """Check what a term that has played a step says of a short run, and of a long one."""
    for steps in (1, 100_000):
        run = RunLength(steps * batch, {"D": steps, "G": steps}, batch, ROWS)
        said: object = term.unreached(run)
        sound = said is None or (isinstance(said, str) and bool(said.strip()) and said.isprintable())
        require(sound, f"unreached gives {said!r}, and must give a line of text, or None")
        told: object = term.told(run)
        sound = isinstance(told, Mapping) and all(
            isinstance(name, str) and isinstance(value, int | float) for name, value in told.items()
        )
        require(sound, f"told gives {told!r:.80}, and must give numbers by name, such as {{'epsilon': 3.2}}")


def _check_after_a_step(findings: Findings, game: Game) -> None:
    """Check what a term says once it has played a step, and whether it declares second derivatives that it took."""
    taken: list[bool] = []
    with findings.check("reports"):
        trainer = game.trainer()
        with _second_derivatives() as taken:
            play(trainer, 1)
        parts = trainer.parts
        _check_reports(parts.loss if findings.kind == "loss" else parts.regularizers[0], game.batch)
    cls = _class_of(game.registry, findings.kind, findings.name)
    if taken and not (cls.second_order or (issubclass(cls, Regularizer) and cls.through_loss)):
        findings.add("second-order", False, with_remedy(_UNDECLARED))


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
        own = recipe.discriminator.name in (NAME, ANY)
        seen.append("with the suite's own players" if own else f"with discriminator {recipe.discriminator.name!r}")
        if recipe.conditional:
            seen.append("with labels")
        if played := _played(registry, kind, name, game):
            seen.append(f"also on {listed(played)}")
    if game is not None:
        if kind == "regularizer":
            _check_symmetry(findings, registry, game)
        _check_after_a_step(findings, game)
        check_game(findings, game)
        check_other_order(findings, game)
