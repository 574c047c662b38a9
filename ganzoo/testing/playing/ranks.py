"""The check that several ranks play a game as one process does."""

from __future__ import annotations

from ...recipes.provenance.revisions import named_parts
from ...training.ranks.trial import why_not
from ..findings import require
from .games import Game

RANKS = 2


def check_ranks(game: Game, seen: list[str]) -> None:
    """Play a step by one process and by ranks that each play a share; parts that mix samples have to say so."""
    trainer = game.trainer()
    parts = zip(named_parts(trainer.recipe), trainer.parts.modules().values(), strict=True)
    for (kind, named), part in parts:
        known = part.samples in ("apart", "gathered", "mixed")
        require(known, f"samples of {kind} {named.name!r} is {part.samples!r}, and must be apart, gathered or mixed")
        if part.samples == "mixed":
            seen.append(f"not for several ranks: {kind} {named.name!r} mixes the samples of a batch")
            return
    why = why_not(lambda ranks, batch: game.trainer(batch, ranks=ranks), RANKS, game.batch, game.batch)
    require(
        not why,
        f"{why}; declare samples = 'mixed', and the part is played on one device only, or declare samples = 'gathered' "
        "and gather the whole batch (ganzoo.layers: gathered, batch_mean)",
    )
