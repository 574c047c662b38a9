"""The way from eager steps to replayed ones: watched first, captured then, and given up for a reason."""

import os
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ...errors import first_line
from ...interfaces.turn import Player
from .host_sync import watched
from .layers import default_generator, revive
from .replay import Branch, CudaGraphs, Replays

if TYPE_CHECKING:
    from ..trainer import Trainer

Losses = dict[str, Tensor]
Playing = Callable[[], AbstractContextManager[Any]]  # gives what is entered around whatever a game computes


def counted_on_the_host(optimizers: Mapping[Player, torch.optim.Optimizer]) -> str:
    """Give the reason why no step of these optimizers can be captured; nothing where one can."""
    for player, optimizer in optimizers.items():
        # SGD counts no steps; any other counts them on the host unless it is told to be capturable.
        if not isinstance(optimizer, torch.optim.SGD) and not optimizer.defaults.get("capturable"):
            return f"the optimizer {type(optimizer).__name__} of {player} counts its steps on the host"
    return ""


def make_replays(
    optimizers: Mapping[Player, torch.optim.Optimizer], device: torch.device, *, captured: bool
) -> tuple[Replays | None, str]:
    """Give what replays the steps of a game, None where they are played eagerly, and why; nothing if that was asked."""
    if not captured or device.type != "cuda":
        return None, ""
    why = counted_on_the_host(optimizers)
    return (None if why else Replays(CudaGraphs(device))), why


def replay(game: "Trainer", replays: Replays) -> Losses:
    """Play the step that was loaded by replaying it, if its kind is recorded; else bring that about."""
    kind = game.kind()
    given = replays.again(kind)
    if given is not None:
        count_turns(game)
        losses: Losses = given[0]
        return losses
    if not replays.met(kind):
        return play_watched(game, replays)
    before = Before(game)
    try:
        recorded: Losses = replays.record(kind, [branch_of(game)])[0]
        return recorded
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        _give_up(game, f"a step cannot be captured: {first_cause(error)}")
    before.restore()
    return game.play()


def count_turns(game: "Trainer") -> None:
    """Count the turns of a step that was replayed."""
    for player, turns in game.rows.items():
        game.turns[player] += turns


def branch_of(game: "Trainer", playing: Playing = nullcontext) -> Branch:
    """Return what is recorded of a game's step."""
    return Branch(game.play, game.rng.values(), playing)


def play_watched(game: "Trainer", replays: Replays) -> Losses:
    """Play a step eagerly; the first of its kind is looked at whether it can be captured.

    For a capture that breaks off is costly.
    """
    kind = game.kind()
    if replays.met(kind):
        return game.play()
    replays.meet(kind)
    parts: dict[str, object] = {f"the {name}": module for name, module in game.parts.modules().items()}
    with watched(parts | dealing(game)) as offences:
        losses = game.play()
    if offences:
        _give_up(game, f"a step waits for the device: {offences[0]}")
    return losses


def dealing(game: "Trainer") -> dict[str, object]:
    """Return what deals a game its data, by what an offence calls it."""
    title = f"the modality {game.modality.name!r}"
    return {title: game.modality} | {f"{title}, in {p}'s deal,": deal for p, deal in game.feed.deals.items()}


def _give_up(game: "Trainer", why: str) -> None:
    game.replays, game.why_eager = None, why


class Before:
    """The state of a game before a step that may break off.

    Args:
        game: whose step it is.
        playing: entered around whatever the game computes.
    """

    def __init__(self, game: "Trainer", playing: Playing = nullcontext) -> None:
        self.game = game
        self._playing = playing
        self._turns = dict(game.turns)
        with self._playing():
            self._states = [generator.get_state() for generator in self._generators()]

    def _generators(self) -> list[torch.Generator]:
        return [*self.game.rng.values(), default_generator(self.game.device)]

    def restore(self) -> None:
        """Go back there."""
        with self._playing():
            for generator, state in zip(self._generators(), self._states, strict=True):
                revive(generator, state)
        self.game.turns = self._turns


# Words of CUDA on everything that follows in a capture that is broken already.
_ECHO = "previous error during capture"
_NO_PARTS = (f"{Path(torch.__file__).parent}{os.sep}", f"{Path(__file__).parents[2]}{os.sep}", "<")  # torch, the engine


def first_cause(error: BaseException) -> str:
    """Return the first line of what broke a capture, and which line of a part it comes from, where one is to blame.

    Where an error says only that something broke before, that is told in its stead.
    """
    while _ECHO in str(error) and (earlier := error.__cause__ or error.__context__) is not None:
        error = earlier
    said = first_line(error)
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if not frame.f_code.co_filename.startswith(_NO_PARTS):
            return f"{said} ({frame.f_globals.get('__name__', '?')}, line {line})"
    return said
