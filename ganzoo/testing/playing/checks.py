"""Checks of a whole game, played for a few steps on noise."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...interfaces.turn import Player
from ...messages import logged_to
from ...training import Trainer
from ...training.checkpoints import checkpoint
from ...training.execution.capture import dealing
from ...training.execution.replay import Replays
from ..findings import ConformanceError, Findings, listed, require
from .games import STEPS, Game, State, differing, labels_of, moved, parameters_of, play, scrutinise, some
from .host_sync import no_host_sync
from .ranks import check_ranks
from .tape import Tape


def _check_steps(game: Game) -> None:
    trainer = game.trainer()
    scrutinise(trainer, labels_of(trainer))
    play(trainer)


def _check_turns(game: Game) -> None:
    trainer = game.trainer()
    players: dict[Player, torch.nn.Module] = {"D": trainer.parts.D, "G": trainer.parts.G}
    words: dict[Player, str] = {"D": "discriminator", "G": "generator"}
    order: tuple[tuple[Player, Player], ...] = (("D", "G"), ("G", "D"))
    for _ in range(STEPS):
        for player, other in order:
            before = parameters_of(players[other])
            trainer.take_turn(player)
            wrong = moved(before, players[other])
            require(not wrong, f"the {words[player]}'s turn moves the {words[other]}: {some(wrong)}")


class _FirstSteps:
    """The first steps of a game under scrutiny, which several checks look at; each step is played once for all of them.

    Raises:
        ConformanceError: a term gives what it must not.
    """

    def __init__(self, game: Game) -> None:
        self.game, self.trainer = game, game.trainer()
        scrutinise(self.trainer, labels_of(self.trainer))
        before = {key: parameters_of(self.trainer.parts.modules()[key]) for key in ("G", "D")}
        buffers = _buffers(self.trainer)
        self.found = play(self.trainer)
        self._drawn = torch.get_rng_state()
        self.still = [key for key in before if not moved(before[key], self.trainer.parts.modules()[key])]
        self._buffers = buffers
        self._saved: tuple[Any, ...] | None = None
        self._further: State | None = None

    def check_moves(self) -> None:
        """Both players have moved."""
        for key, what in (("G", "generator"), ("D", "discriminator")):
            require(key not in self.still, f"{STEPS} steps leave the {what} as it was")

    def check_repeats(self) -> None:
        """The same seed gives the same again."""
        again = self.game.trainer()
        differ = differing(self.found, play(again))
        require(not differ, f"{STEPS} steps from the same seed differ in {some(differ)}")
        self._saved = (again.steps, *again.state())

    def check_checkpoint(self) -> None:
        """A game that goes on from a checkpoint is the game that was not stopped."""
        if self._saved is None:
            first = self.game.trainer()
            play(first)
            self._saved = (first.steps, *first.state())
        with tempfile.TemporaryDirectory() as folder:
            checkpoint.save(Path(folder), *self._saved)
            lines: list[str] = []
            with logged_to(lines.append):
                kept = checkpoint.newest(Path(folder))
        if kept is None:
            raise ConformanceError(f"what was saved cannot be read: {'; '.join(lines)}")
        second = self.game.trainer()
        second.load_state(*kept)
        found = play(second)
        differ = differing(self._later(), found)
        require(
            not differ,
            f"{STEPS} steps, a save, a load and {STEPS} steps differ from {2 * STEPS} steps in {some(differ)}: "
            "state that changes must live in buffers",
        )

    def _later(self) -> State:
        """Play as many steps more, once; gives what they came to."""
        if self._further is None:
            torch.set_rng_state(self._drawn)  # trainers that were made since began it anew
            self._further = play(self.trainer)
        return self._further

    def check_replay(self) -> None:
        """Steps that are captured and replayed come to the same as these."""
        # Each kind of step is played, recorded and replayed; a lazy term makes two kinds.
        lazy = any(regularizer.every > 1 for regularizer in self.trainer.parts.regularizers)
        steps = 2 * STEPS * (1 + lazy)
        if lazy:
            eager = self._with_short_waits()
            before = _buffers(eager)
            expected = play(eager, steps)
        else:
            eager, before = self.trainer, self._buffers
            state, losses = self._later()
            expected = state, [*self.found[1], *losses]
        rebound = [name for name, held in _buffers(eager).items() if before.get(name) is not held]
        replayed = self._with_short_waits()  # now, because torch's own random stream begins anew with a trainer
        replayed.replays = Replays(Tape())
        found = play(replayed, steps)
        require(replayed.replays is not None, replayed.why_eager)
        differ = differing(expected, found)
        told = f"{steps} steps, captured and replayed as a GPU does it, differ from the same steps played eagerly"
        require(not differ or not rebound, f"{told}: the {' and the '.join(rebound)} was rebound to another tensor")
        require(
            not differ,
            f"{told} in {some(differ)}: a turn must not depend on anything but tensors that stay where they are",
        )

    def _with_short_waits(self) -> Trainer:
        """Make a trainer whose lazy terms are due in every second turn."""
        made = self.game.trainer()
        for regularizer in made.parts.regularizers:
            regularizer.every = min(regularizer.every, 2)
        return made


def _check_host_sync(game: Game) -> None:
    trainer = game.trainer()
    labels = labels_of(trainer)
    parts: dict[str, object] = {labels[key]: module for key, module in trainer.parts.modules().items()}
    with no_host_sync(parts | dealing(trainer)):
        for _ in range(STEPS):
            trainer.step()


def _buffers(trainer: Trainer) -> dict[str, Tensor]:
    """Give each buffer of the terms and the players, by what a finding calls it."""
    labels = labels_of(trainer)
    parts = trainer.parts.modules().items()
    return {f"buffer {name!r} of {labels[key]}": held for key, part in parts for name, held in part.named_buffers()}


def check_game(findings: Findings, game: Game) -> None:
    """Finite steps, who moves, the seed, the checkpoint, host synchronisation and replays, in the game's own order."""
    first: list[_FirstSteps] = []
    with findings.check("steps"):
        first.append(_FirstSteps(game))
    if not findings.ok:
        return
    steps = first[0]
    checks: dict[str, Callable[[], None]] = {
        "moves": steps.check_moves,
        "turns": partial(_check_turns, game),
        "seed": steps.check_repeats,
        "checkpoint": steps.check_checkpoint,
        "host-sync": partial(_check_host_sync, game),
    }
    for name, look in checks.items():
        with findings.check(name):
            look()
    if findings.ok:  # what is wrong already is not to be told again as a replay that differs
        with findings.check("replay"):
            steps.check_replay()
    if findings.ok:
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
