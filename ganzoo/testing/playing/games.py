"""Checks of a whole game, played for a few steps on noise."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...interfaces import Modality, Turn
from ...interfaces.turn import Player
from ...messages import logged_to
from ...recipes.building.build import build_parts
from ...recipes.changing import some_budget
from ...recipes.provenance.revisions import named_parts
from ...recipes.recipe import Recipe
from ...registry.registry import Registry
from ...samples import leaves
from ...training import Trainer
from ...training.checkpoints import checkpoint
from ...training.execution.capture import dealing
from ...training.execution.replay import Replays
from ..findings import ConformanceError, Findings, listed, require
from ..fixtures.data import BATCH, alike, example_rows
from .host_sync import no_host_sync
from .tape import Tape

STEPS = 2
ROWS = 20

State = tuple[dict[str, Tensor], list[dict[str, Tensor]]]


@dataclass(frozen=True)
class Game:
    """A recipe on an example of some data, with small batches."""

    recipe: Recipe
    registry: Registry
    modality: Modality
    batch: int = BATCH

    def in_order(self, order: str) -> Game:
        """Make the same game in another order of moves."""
        return replace(self, recipe=self.recipe.model_copy(update={"schedule": self._schedule(order=order)}))

    def _schedule(self, **changes: Any) -> Any:
        return self.recipe.schedule.model_copy(update=changes)

    def without_regularizers(self) -> Game:
        """Make the same game with nothing but its loss."""
        return replace(self, recipe=self.recipe.model_copy(update={"regularizers": type(self.recipe.regularizers)()}))

    def trainer(self, batch: int | None = None, **how: Any) -> Trainer:
        """Make a trainer at its beginning; ``how``: the device, the ranks and other arguments of a ``Trainer``.

        The steps are the first of a run of 200 kimg, or of as many as the recipe's places fit in: see ``some_budget``.
        """
        recipe = self.recipe.model_copy(update={"schedule": self._schedule(batch=batch or self.batch)})
        parts = build_parts(recipe, self.registry, modality=self.modality, seed=0)
        rows = example_rows(self.modality, ROWS)
        how = {"budget": some_budget(recipe), **how}
        return Trainer(recipe, parts, rows, modality=self.modality, seed=0, **how)


def play(trainer: Trainer, steps: int = STEPS) -> State:
    """Play on; gives a copy of all state after it, and the losses of each step."""
    losses = [{key: value.clone() for key, value in trainer.step().items()} for _ in range(steps)]
    return {key: value.detach().clone() for key, value in trainer.state()[0].items()}, losses


def _differ(a: State, b: State) -> list[str]:
    """List where two states, or the losses on the way to them, are not the same bit for bit."""
    (x, losses), (y, others) = a, b
    names = [key for key in x.keys() | y.keys() if key not in x or key not in y or not _same(x[key], y[key])]
    if any(not _same(one[key], two[key]) for one, two in zip(losses, others, strict=True) for key in one):
        names.append("the losses")
    return sorted(names)


def _same(a: Tensor, b: Tensor) -> bool:
    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    bits = [t.contiguous().reshape(-1).view(torch.uint8) for t in (a, b)]  # NaN is the same as itself
    return torch.equal(*bits)


def _some(names: list[str]) -> str:
    return listed(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _require_scalar(what: str, value: Any, *, optional: bool) -> None:
    if value is None and optional:
        return
    require(
        isinstance(value, Tensor), f"{what} gives a {type(value).__name__}, and must give a tensor without dimensions"
    )
    require(
        value.ndim == 0, f"{what} gives a tensor of shape {tuple(value.shape)}, and must give one without dimensions"
    )
    require(value.is_floating_point(), f"{what} gives {value.dtype}, and must give floating point")
    try:
        finite = bool(value.isfinite())
    except RuntimeError:  # rows that torch.func differentiates at once have no single value
        return
    require(finite, f"{what} is {value.item()}, which is not finite")


def _spy(part: Any, label: str, method: str, look: Callable[[str, Any, Any], None]) -> None:
    """Look at what a method takes and gives, from now on."""
    original = getattr(part, method)

    @wraps(original)
    def looked_at(argument: Any) -> Any:
        value = original(argument)
        look(f"{method} of {label}", argument, value)
        return value

    setattr(part, method, looked_at)


def _scrutinise(trainer: Trainer, labels: dict[str, str]) -> None:
    """Let every term's values be looked at while the game is played."""

    def scalar(what: str, _: Any, value: Any) -> None:
        _require_scalar(what, value, optional=False)

    def penalty(what: str, _: Any, value: Any) -> None:
        _require_scalar(what, value, optional=True)

    def view(what: str, x: Any, value: Any) -> None:
        kept = alike(x, value) and all(a.dtype == b.dtype for a, b in zip(leaves(x), leaves(value), strict=True))
        require(kept, f"{what} does not give samples of the shape and dtype that it took")

    def recast(what: str, turn: Turn, value: Any) -> None:
        require(isinstance(value, Turn), f"{what} gives a {type(value).__name__}, and must give a turn")
        require(value.player == turn.player, f"{what} gives a turn of the other player")

    for method in ("d_loss", "g_loss"):
        _spy(trainer.parts.loss, labels["loss"], method, scalar)
    for i, regularizer in enumerate(trainer.parts.regularizers):
        looks: dict[str, Callable[[str, Any, Any], None]]
        looks = {"d_penalty": penalty, "g_penalty": penalty, "view": view, "recast": recast}
        for method, look in looks.items():
            _spy(regularizer, labels[f"regularizer.{i}"], method, look)


def _labels(trainer: Trainer) -> dict[str, str]:
    """Name each part for errors."""
    named = named_parts(trainer.recipe)
    return {key: f"{kind} {part.name!r}" for key, (kind, part) in zip(trainer.parts.modules(), named, strict=True)}


def _parameters(module: torch.nn.Module) -> dict[str, Tensor]:
    return {key: p.detach().clone() for key, p in module.named_parameters()}


def _moved(before: dict[str, Tensor], module: torch.nn.Module) -> list[str]:
    return [key for key, p in module.named_parameters() if not _same(before[key], p.detach())]


def _check_steps(game: Game) -> None:
    trainer = game.trainer()
    _scrutinise(trainer, _labels(trainer))
    play(trainer)


def _check_moves(game: Game) -> None:
    trainer = game.trainer()
    before = {key: _parameters(trainer.parts.modules()[key]) for key in ("G", "D")}
    play(trainer)
    for key, what in (("G", "generator"), ("D", "discriminator")):
        require(bool(_moved(before[key], trainer.parts.modules()[key])), f"{STEPS} steps leave the {what} as it was")


def _check_turns(game: Game) -> None:
    trainer = game.trainer()
    players: dict[Player, torch.nn.Module] = {"D": trainer.parts.D, "G": trainer.parts.G}
    words: dict[Player, str] = {"D": "discriminator", "G": "generator"}
    order: tuple[tuple[Player, Player], ...] = (("D", "G"), ("G", "D"))
    for _ in range(STEPS):
        for player, other in order:
            before = _parameters(players[other])
            trainer.take_turn(player)
            moved = _moved(before, players[other])
            require(not moved, f"the {words[player]}'s turn moves the {words[other]}: {_some(moved)}")


def _check_repeats(game: Game) -> None:
    differ = _differ(play(game.trainer()), play(game.trainer()))
    require(not differ, f"{STEPS} steps from the same seed differ in {_some(differ)}")


def _check_checkpoint(game: Game) -> None:
    trainer = game.trainer()
    play(trainer)
    whole = play(trainer)
    first = game.trainer()
    play(first)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint.save(Path(folder), first.steps, *first.state())
        lines: list[str] = []
        with logged_to(lines.append):
            kept = checkpoint.newest(Path(folder))
    if kept is None:
        raise ConformanceError(f"what was saved cannot be read: {'; '.join(lines)}")
    second = game.trainer()
    second.load_state(*kept)
    differ = _differ(whole, play(second))
    require(
        not differ,
        f"{STEPS} steps, a save, a load and {STEPS} steps differ from {2 * STEPS} steps in {_some(differ)}: "
        "state that changes must live in buffers",
    )


def _check_host_sync(game: Game) -> None:
    trainer = game.trainer()
    labels = _labels(trainer)
    parts: dict[str, object] = {labels[key]: module for key, module in trainer.parts.modules().items()}
    with no_host_sync(parts | dealing(trainer)):
        for _ in range(STEPS):
            trainer.step()


def _check_replay(game: Game) -> None:
    def trainer() -> tuple[Trainer, int]:
        made, lazy = game.trainer(), False
        for regularizer in made.parts.regularizers:
            regularizer.every, lazy = min(regularizer.every, 2), lazy or regularizer.every > 1
        # Each kind of step is played, recorded and replayed; a lazy term makes two kinds.
        return made, (2 + STEPS) * (1 + lazy)

    eager, count = trainer()
    before = _buffers(eager)
    expected = play(eager, count)
    rebound = [name for name, held in _buffers(eager).items() if before.get(name) is not held]
    replayed, steps = trainer()  # now, because torch's own random stream begins anew with a trainer
    replayed.replays = Replays(Tape())
    found = play(replayed, steps)
    require(replayed.replays is not None, replayed.why_eager)
    differ = _differ(expected, found)
    require(
        not differ or not rebound,
        f"{steps} steps, captured and replayed as a GPU does it, differ from the same steps played eagerly: the "
        f"{' and the '.join(rebound)} was rebound to another tensor",
    )
    require(
        not differ,
        f"{steps} steps, captured and replayed as a GPU does it, differ from the same steps played eagerly in "
        f"{_some(differ)}: a turn must not depend on anything but tensors that stay where they are",
    )


def _buffers(trainer: Trainer) -> dict[str, Tensor]:
    """Give each buffer of the terms and the players, by what a finding calls it."""
    labels = _labels(trainer)
    parts = trainer.parts.modules().items()
    return {f"buffer {name!r} of {labels[key]}": held for key, part in parts for name, held in part.named_buffers()}


def check_game(findings: Findings, game: Game) -> None:
    """Finite steps, who moves, the seed, the checkpoint, host synchronisation and replays, in the game's own order."""
    with findings.check("steps"):
        _check_steps(game)
    if not findings.ok:
        return
    checks = {
        "moves": _check_moves,
        "turns": _check_turns,
        "seed": _check_repeats,
        "checkpoint": _check_checkpoint,
        "host-sync": _check_host_sync,
    }
    for name, look in checks.items():
        with findings.check(name):
            look(game)
    if findings.ok:  # what is wrong already is not to be told again as a replay that differs
        with findings.check("replay"):
            _check_replay(game)
    if findings.ok:
        from .ranks import check_ranks  # which plays games of this module

        with findings.check("ranks") as seen:
            check_ranks(game, seen)


def check_steps(findings: Findings, games: list[Game]) -> None:
    """Finite steps of further games, each on other data."""
    if games:
        with findings.check("further-data") as seen:
            for game in games:
                _check_steps(game)
            seen.append(listed(dict.fromkeys(game.modality.name for game in games)))


def check_other_order(findings: Findings, game: Game) -> None:
    """Check losses and host synchronisation where both players move from one look; if the game can be so played."""
    schedule = game.recipe.schedule
    if schedule.order == "simultaneous" or schedule.d_steps > 1 or schedule.share_fakes:
        return
    with findings.check("simultaneous"):
        _check_steps(game.in_order("simultaneous"))
        _check_host_sync(game.in_order("simultaneous"))
