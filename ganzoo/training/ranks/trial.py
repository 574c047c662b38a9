"""A trial that several ranks play the game of one: a step of both ways, small, in one process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ...errors import RecipeError
from ...interfaces import Turn
from ...interfaces.turn import Player
from ...layers.whole_batch import Ranks
from .draws import Drawn, UnmappedDrawError, is_of_batch
from .pretended import played_by

if TYPE_CHECKING:
    from ..trainer import Trainer

# The two ways round differently: a value by some 1e-6 of itself, or of verdicts that cancel in it;
# a gradient by more, where an activation lies so near to the kink of a ReLU that rounding puts it on the other side.
OF_VALUES, OF_VERDICTS, OF_GRADIENTS = 1e-4, 1e-6, 2e-2
_WORDS = {"D": "the discriminator's", "G": "the generator's"}


@dataclass
class _Step:
    """The outcome of a step."""

    losses: dict[str, Tensor]
    terms: list[tuple[str, Tensor]]
    largest: float
    gradients: list[tuple[str, Tensor]]
    buffers: dict[str, Tensor]
    draws: list[tuple[int, ...]]


def _noted(trainer: Trainer) -> list[tuple[str, Tensor]]:
    """Return what each term gives in the coming turns, by what a person calls it."""
    said: list[tuple[str, Tensor]] = []

    def note(part: nn.Module, name: str, what: str) -> None:
        ask = getattr(part, name)

        def asked(turn: Turn) -> Tensor | None:
            value: Tensor | None = ask(turn)
            if value is not None:
                said.append((what, value.detach().clone()))
            return value

        setattr(part, name, asked)

    recipe, parts = trainer.recipe, trainer.parts
    for name in ("d_loss", "g_loss"):
        note(parts.loss, name, f"{name} of loss {recipe.loss.name!r}")
    for named, part in zip(recipe.regularizers, parts.regularizers, strict=False):
        for name in ("d_penalty", "g_penalty"):
            note(part, name, f"{name} of regularizer {named.name!r}")
    return said


def _largest_verdict(trainer: Trainer) -> list[float]:
    """Return the largest number in the coming verdicts, of any output; the last of the list, which grows."""
    found = [0.0]

    def look(module: nn.Module, args: tuple[Any, ...], verdict: dict[str, Tensor]) -> None:
        found.append(max(found[-1], *(value.detach().abs().max().item() for value in verdict.values())))

    trainer.parts.D.register_forward_hook(look)
    return found


def _step(trainer: Trainer) -> _Step:
    """Play one step, in small and plain moves: an optimizer that divides by a gradient's size enlarges rounding."""
    terms, largest = _noted(trainer), _largest_verdict(trainer)
    gradients: list[tuple[str, Tensor]] = []
    move = trainer.descent.move
    for player, weights in trainer.moves.items():
        trainer.optimizers[player] = torch.optim.SGD(weights, lr=1e-4)

    alone = Drawn(None)

    def moved(player: Player, *, measured: bool, change: Callable[[], None] | None = None) -> None:
        held = [weight.grad.flatten() for weight in trainer.moves[player] if weight.grad is not None]
        gradients.append((player, torch.cat(held) if held else torch.zeros(1)))
        with alone.of("weights"):
            move(player, measured=measured, change=change)

    vars(trainer.descent)["move"] = moved
    drawn: Drawn | None
    if trainer.shared is None:
        with alone as drawn:
            losses = trainer.step()
    else:
        losses = trainer.step()
        drawn = trainer.shared.draws.last
    buffers = {
        f"{name} of the {key}": buffer.detach().clone()
        for key, module in trainer.parts.modules().items()
        for name, buffer in module.named_buffers()
    }
    return _Step(losses, terms, largest[-1], gradients, buffers, [] if drawn is None else drawn.shapes)


def _apart(a: Tensor, b: Tensor, tolerance: float, scale: float = 0.0) -> bool:
    if a.shape != b.shape:
        return True
    a, b = a.double(), b.double()
    return not bool((a - b).norm() <= tolerance * (a.norm() + scale))


def _differs(one: _Step, ranks: Sequence[_Step]) -> str:
    """Return what ranks have other than a run of one process; nothing where all is the same."""
    slack = one.largest * OF_VERDICTS / OF_VALUES
    for (what, a), *shares in zip(one.terms, *(rank.terms for rank in ranks), strict=True):
        if _apart(a, torch.stack([share for _, share in shares]).mean(), OF_VALUES, scale=slack):
            return str(what)
    return next(filter(None, (_differs_on(one, rank) for rank in ranks)), "")


def _differs_on(one: _Step, rank: _Step) -> str:
    for (player, a), (_, b) in zip(one.gradients, rank.gradients, strict=True):
        if _apart(a, b, OF_GRADIENTS):
            return f"{_WORDS[player]} gradient"
    for name, a in one.losses.items():
        if _apart(a, rank.losses[name], OF_VALUES, scale=1.0):
            return f"{_WORDS[name[0].upper()]} loss"
    for name, a in one.buffers.items():
        if _apart(a, rank.buffers[name], OF_VALUES, scale=1e-2):
            return f"the buffer {name}"
    return ""


def _wrongly_drawn(one: _Step, rank: _Step, share: int) -> str:
    """Give the reason why ranks of ``share`` rows each would not draw as one process does; nothing if they would."""
    if len(one.draws) != len(rank.draws):
        return "a part draws another number of times for a share of the batch than for the whole"
    for whole, own in zip(one.draws, rank.draws, strict=True):
        if whole and whole[0] == own[0] and is_of_batch(whole[0], share):
            return (
                f"a part draws {whole[0]} rows whatever the batch, which cannot be told from draws of the batch where "
                f"each rank plays {share} rows of it: take another schedule.batch"
            )
    return ""


def why_not(make: Callable[[Ranks | None, int], Trainer], count: int, share: int, trial_share: int) -> str:
    """Give the reason why so many ranks would not play the game of one; nothing where they would.

    Args:
        make: makes the game of a batch of so many images on a CPU, for a rank or, with None, for one process.
        count: how many ranks.
        share: rows of the batch that each will play.
        trial_share: rows that each plays here.

    Returns:
        a clause.
    """
    batch = count * trial_share
    with torch.random.fork_rng(devices=[]):
        try:
            one = _step(make(None, batch))
            ranks = played_by(count, lambda ranks: _step(make(ranks, batch)))
        except (UnmappedDrawError, RecipeError) as error:
            return str(error)
    if what := _differs(one, ranks):
        return (
            f"{what} of a batch played in {count} shares is not that of the whole batch, so a part of it mixes the "
            "samples of a batch without gathering them"
        )
    return _wrongly_drawn(one, ranks[0], share)
