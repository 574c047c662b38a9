"""A probability that follows the discriminator's overfitting."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...errors import RecipeError
from ...interfaces import RunLength
from ..values import require_at_least, require_positive
from ..whole_batch import batch_mean, batch_size


class AdaptiveProbability(nn.Module):
    """Rises while the discriminator is too sure of real images, and falls while it is not.

    How sure it is, r = E[sign(D(real))], is the mean of ``interval`` batches; then the probability moves by
    batch * interval / (1000 * kimg) towards more where r is above ``target`` and towards less where it is below,
    and stays in [0, 1].

    Source: arXiv:2006.06676, sec. 3.1, r_t of eq. 1.

    Args:
        p: where it starts.
        target: the r that is held.
        interval: batches between two changes.
        kimg: thousand real images in which it can go from 0 to 1.

    Attributes:
        p: the probability, a scalar on the device.

    Raises:
        RecipeError: a value is out of range.
    """

    p: Tensor
    signs: Tensor
    batches: Tensor

    def __init__(self, *, p: float, target: float, interval: int, kimg: float) -> None:
        super().__init__()
        require_positive(interval=interval)
        require_at_least(0, p=p, kimg=kimg)
        require_at_least(-1, target=target)
        if p > 1:
            raise RecipeError(f"p is {p!r}, and must be a probability between 0 and 1")
        if target > 1:
            raise RecipeError(f"target is {target!r}, and must be a mean of signs between -1 and 1")
        if kimg == 0:
            raise RecipeError("kimg is 0, and must be above 0: the images in which p can go from 0 to 1")
        self.target, self.interval, self.kimg = target, interval, kimg
        self.register_buffer("p", torch.tensor(float(p)))
        self.register_buffer("signs", torch.zeros(()))
        self.register_buffer("batches", torch.zeros((), dtype=torch.int64))

    def unreached(self, run: RunLength) -> str | None:
        """Return why p cannot rise in such a run, by a hundredth at least; None where it can."""
        changes = run.turns["D"] // self.interval
        most = changes * run.batch * self.interval / (1000 * self.kimg)
        if self.target < 1 and most >= 0.01:
            return None
        if self.target == 1:
            return "p cannot rise: its target of 1 is the most that a mean of signs can be"
        return (
            f"p rises by at most {most:.2g}: it changes once in {self.interval:,} turns of the discriminator and takes "
            f"{self.kimg:g} kimg from 0 to 1, and the run has {run.turns['D']:,} turns and {run.images / 1000:g} kimg"
        )

    @torch.no_grad()
    def follow(self, logits: Tensor) -> None:
        """Take note of a batch of verdicts on real images, ``(B, ...)``, and move when enough are noted."""
        self.signs += batch_mean(logits.sign().mean())
        self.batches += 1
        due = self.batches == self.interval
        towards = (self.signs / self.batches - self.target).sign()
        step = batch_size(logits) * self.interval / (1000 * self.kimg)
        self.p.copy_(torch.where(due, self.p + step * towards, self.p).clamp(0, 1))
        self.signs *= ~due
        self.batches *= ~due
