"""The best fakes of a batch."""

from __future__ import annotations

import torch
from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Regularizer, RunLength, Turn
from ganzoo.layers import gathered, own_rows, per_sample, require_at_least, require_positive
from ganzoo.samples import each


class TopK(Regularizer):
    """The generator's turn is played with the k fakes that have the highest verdicts.

    k begins at the batch B and is multiplied by ``gamma`` once in ``per`` turns of the generator, down to nu B;
    it is rounded down, and at least 1.

    Source: arXiv:2002.06224.
    Departs: a batch keeps its size, whatever k is: each of the best is in it B // k times, and some that are drawn
        among them once more, so that a mean over the batch is that over the best k, exactly where k divides B and
        in expectation elsewhere. k falls once in so many turns, where the paper counts epochs.

    Args:
        nu: the share of the batch at which k stays.
        gamma: what k is multiplied by.
        per: how many turns of the generator lie between.

    Raises:
        RecipeError: a parameter is out of range.
    """

    reads = frozenset({"logits"})
    samples = "gathered"
    turns: Tensor

    def __init__(self, nu: float = 0.5, gamma: float = 0.99, per: int = 2000) -> None:
        super().__init__()
        require_at_least(0, nu=nu, gamma=gamma)
        require_positive(per=per)
        for name, value in (("nu", nu), ("gamma", gamma)):
            if value > 1:
                raise RecipeError(f"{name} is {value!r}, and must be a number of at most 1")
        self.nu, self.gamma, self.per = nu, gamma, per
        self.register_buffer("turns", torch.zeros((), dtype=torch.int64))

    def unreached(self, run: RunLength) -> str | None:
        """Say where k is the whole batch to the end."""
        falls = max(run.turns["G"] - 1, 0) // self.per
        if int(max(run.batch * self.gamma**falls, self.nu * run.batch) + 1e-4) < run.batch:
            return None
        return (
            f"k never falls below the batch of {run.batch}: it is multiplied by {self.gamma:g} once in {self.per:,} "
            f"turns of the generator, down to {self.nu:g} of the batch, and the run has {run.turns['G']:,} turns"
        )

    def k(self, batch: int) -> Tensor:
        """Count the fakes of a batch that are kept by now, int64 on the device, between 1 and ``batch``."""
        falls = (self.turns // self.per).float()
        k = (batch * self.gamma**falls).clamp(min=self.nu * batch, max=batch)
        return (k + 1e-4).long().clamp(min=1)  # a whole number may come out a rounding error too small

    def recast(self, turn: Turn) -> Turn:
        """Give the generator's turn with the best of its fakes."""
        if turn.player != "G":
            return turn
        logits = gathered(per_sample(turn.on_fake["logits"].detach()))
        batch = len(logits)
        k = self.k(batch)
        with torch.no_grad():
            self.turns.add_(1)
        order = logits.argsort(descending=True)
        place = torch.arange(batch, device=logits.device)
        # the first k places in random order, so that none of them is likelier than another to be taken once more
        chance = gathered(torch.rand(len(turn.z), device=logits.device, generator=turn.rng))
        drawn = (chance + (place >= k)).argsort()
        chosen = order[drawn[place % k]]
        given = {"z": turn.z, "y_fake": turn.y_fake, "fake": turn.fake, "on_fake": turn.on_fake}
        best = {name: each(lambda rows: own_rows(gathered(rows)[chosen]), value) for name, value in given.items()}
        return turn.replace(**best)
