"""The loss of rows that are not as asked."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer, RunLength, Turn
from ganzoo.layers import require_choice

from .scored_generator import ScoredGenerator
from .spans import choices


class ConditionLoss(Regularizer):
    """The generator's cross-entropy between the value asked for and what it gives in that column.

    Of each fake -log of the probability of the value asked for, among those of its own column; the mean over the batch.

    Source: arXiv:1907.00503, sec. 4.3; sdv-dev/CTGAN@f4fcd21 ``ctgan.py``: ``_cond_loss``.
    Departs: the scores come from a second pass over the same latents, whose batch statistics are the same, and which
        moves their running means once more.

    Args:
        weight: 1 in the paper.
        of: ``scores``, the softmax of the generator's scores, as in the authors' code; or ``draw``, the shares in the
            row that was drawn by them, as the paper says.
        every: take it once in so many turns, so many times as strong.

    Raises:
        RecipeError: the generator has no scores, or ``of`` is neither.
    """

    def __init__(self, weight: float = 1.0, of: str = "scores", every: int = 1) -> None:
        super().__init__(weight, every)
        require_choice(("scores", "draw"), of=of)
        self.of = of
        self._unasked = False

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Refuse a generator without scores."""
        if not isinstance(G, ScoredGenerator):
            raise RecipeError(
                f"condition-loss reads the scores of choices, which {type(G).__name__} does not have: "
                "take a generator of tables, such as 'table', or leave condition-loss out"
            )
        self._unasked = not G.conditions

    def unreached(self, run: RunLength) -> str | None:
        """Say so where nothing is asked for."""
        return "nothing is asked for in a game without conditions: leave it out" if self._unasked else None

    def g_penalty(self, turn: Turn) -> Tensor | None:
        """E[-log p(value asked for)], a scalar; nothing where nothing is asked for."""
        asked: Any = turn.y_fake
        if asked is None:
            return None
        G = turn.G
        assert isinstance(G, ScoredGenerator)
        if self.of == "draw":
            shares = torch.cat(choices(turn.fake, G.spans), dim=1)
            logs = shares.clamp_min(torch.finfo(torch.float32).eps).log()
        else:
            scores = choices(G.scores(turn.z, asked), G.spans)
            logs = torch.cat([score.log_softmax(dim=1) for score in scores], dim=1)
        out: Tensor = -logs.gather(1, asked[:, None]).mean()
        return out
