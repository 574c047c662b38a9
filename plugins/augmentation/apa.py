"""Adaptive pseudo augmentation."""

from __future__ import annotations

import torch

from ganzoo.interfaces import Regularizer, RunLength, Turn
from ganzoo.layers import AdaptiveProbability
from ganzoo.samples import along, detached, each, size


class APA(Regularizer):
    """Deceives the discriminator: in its turn, each real image is with probability p a generated one.

    p follows the discriminator's overfitting. The fakes among the real images are made for this turn alone, so that
    none is called real and fake in one breath, and from the labels of the images that they stand for.

    Source: arXiv:2111.06849, sec. 3; how p follows is that of arXiv:2006.06676 with the first of the
        three indicators that the paper compares, E[sign(D(real))].
    Departs: the authors' code deceives with the fakes of the generator's last turn, whose labels belong to others;
        made anew, they are of the present generator.

    Args:
        p: where the probability starts.
        target: the mean sign of the verdicts on real images that p is to hold.
        interval: turns of the discriminator between two changes of p.
        kimg: thousand real images in which p can go from 0 to 1.

    Raises:
        RecipeError: a value is out of range.
    """

    reads = frozenset({"logits"})
    samples = "gathered"
    buffers_over_ranks = "same"

    def __init__(self, p: float = 0.0, target: float = 0.6, interval: int = 4, kimg: float = 500.0) -> None:
        super().__init__()
        self.adaptive = AdaptiveProbability(p=p, target=target, interval=interval, kimg=kimg)

    def unreached(self, run: RunLength) -> str | None:
        """Say where p cannot rise."""
        return self.adaptive.unreached(run)

    def recast(self, turn: Turn) -> Turn:
        """Give the discriminator's turn with fakes among the real images; the generator's as it is."""
        if turn.player != "D":
            return turn
        real, device = detached(turn.real), turn.rng.device
        with torch.no_grad():
            z = turn.G.sample_z(size(real), device=device, rng=turn.rng)
            pseudo = turn.G(z, turn.y)
            chosen = torch.rand(size(real), device=device, generator=turn.rng) < self.adaptive.p
            shown = each(lambda a, b: torch.where(along(chosen, a), a.to(b.dtype), b), pseudo, real)
        return turn.replace(real=shown)

    def after_step(self, turn: Turn) -> None:
        """Let p follow the verdicts on what passed for real in the discriminator's turn."""
        if turn.player == "D":
            self.adaptive.follow(turn.on_real["logits"])
