"""How the steps of a game come to be replayed: watched first, captured then, and given up for a reason."""

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..interfaces.turn import Player
from .host_sync import watched
from .replay import Replays

if TYPE_CHECKING:
    from .trainer import Trainer

Losses = dict[str, Tensor]


def counted_on_the_host(optimizers: Mapping[Player, torch.optim.Optimizer]) -> str:
    """Why no step of these optimizers can be captured; else nothing."""
    for player, optimizer in optimizers.items():
        # SGD counts no steps; any other counts them on the host unless it is told to be capturable.
        if not isinstance(optimizer, torch.optim.SGD) and not optimizer.defaults.get("capturable"):
            return f"the optimizer {type(optimizer).__name__} of {player} counts its steps on the host"
    return ""


def turns_of_a_step(game: "Trainer") -> dict[Player, int]:
    """How many turns each player has in a step."""
    return {"D": game.recipe.schedule.d_steps, "G": 1}


def kind(game: "Trainer") -> Hashable:
    """All that decides on the host what the coming step does."""
    lazy = [r.every for r in game.parts.regularizers if r.every > 1]
    due = tuple(
        (game.turns[player] + k) % every == 0
        for player, turns in turns_of_a_step(game).items()
        for k in range(turns)
        for every in lazy
    )
    return (*due, game.norms.due(game.steps)), game.average.steady(game.steps)


def replay(game: "Trainer", replays: Replays) -> Losses:
    """Play the coming step by replaying it, if steps of its kind are settled; else bring that about."""
    coming, follows = kind(game), game.average.steady(game.steps)
    after = {player: game.turns[player] + turns for player, turns in turns_of_a_step(game).items()}
    play = partial(game.play, follows)
    if not replays.met(coming):
        losses = _watch(game, partial(replays.play, coming, play))
    elif replays.settled(coming):
        losses = replays.play(coming, play)
    else:
        losses = _record(game, partial(replays.play, coming, play), play)
    game.turns = after
    if not follows:
        game.average.follow(game.steps)
    return losses


def _watch(game: "Trainer", play: Callable[[], Losses]) -> Losses:
    """Play the first step of its kind, and look whether it can be captured: a capture that breaks is costly."""
    parts = {f"the {name}": module for name, module in game.parts.modules().items()}
    with watched(parts) as offences:
        losses = play()
    if offences:
        _give_up(game, f"a step waits for the device: {offences[0]}")
    return losses


def _record(game: "Trainer", record: Callable[[], Losses], play: Callable[[], Losses]) -> Losses:
    before, states = dict(game.turns), {axis: rng.get_state() for axis, rng in game.rng.items()}
    try:
        return record()
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        _give_up(game, f"a step cannot be captured: {(str(error).strip().splitlines() or [type(error).__name__])[0]}")
    # A generator whose capture broke off cannot draw any more.
    for axis, state in states.items():
        game.rng[axis] = torch.Generator(game.device)
        game.rng[axis].set_state(state)
    game.turns = before
    return play()


def _give_up(game: "Trainer", why: str) -> None:
    game.replays, game.why_eager = None, why
