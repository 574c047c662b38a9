"""Fakes of before."""

from __future__ import annotations

import torch
from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.layers import require_positive
from ganzoo.samples import along, each, leaves


class ImagePool(Regularizer):
    """In the discriminator's turn some fakes are exchanged for such as were made before.

    Until ``n`` fakes are kept, each is shown as it is, and kept. From then on each gives way, with probability 1/2, to
    a random one of those that are kept, whose place it takes. Named tensors have a pool each.

    Source: arXiv:1612.07828, sec. 2.3; arXiv:1703.10593, sec. 4, with the authors' code for the probability.
    Departs: the batch that fills the pool is kept whole, in the places of the first ones where it is too long; no two
        fakes of a batch are exchanged for one.

    Args:
        n: how many are kept, as many as a batch has or more; 50 in the paper.

    Raises:
        RecipeError: n is no whole number above 0, or below the batch.
    """

    samples = "mixed"
    filled: Tensor

    def __init__(self, n: int = 50) -> None:
        super().__init__()
        require_positive(n=n)
        self.n = n
        self.register_buffer("filled", torch.zeros((), dtype=torch.int64))

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Make room for fakes of the shapes of the data's example."""
        row = D.modality.example(1)
        real, _ = D.modality.play(row, flips=False, rng=torch.Generator().manual_seed(0))
        for place, tensor in enumerate(leaves(real)):
            self.register_buffer(f"kept{place}", tensor.new_zeros(self.n, *tensor.shape[1:]))

    @torch.no_grad()
    def recast(self, turn: Turn) -> Turn:
        """Exchange some of the fakes."""
        if turn.player != "D":
            return turn
        full, places = self.filled >= self.n, iter(range(len(leaves(turn.fake))))

        def exchanged(fake: Tensor) -> Tensor:
            kept, batch = self.get_buffer(f"kept{next(places)}"), len(fake)
            if batch > self.n:
                raise RecipeError(f"the image-pool keeps {self.n} fakes, and a batch has {batch}: give it n: {batch}")
            chosen = torch.rand(self.n, device=fake.device, generator=turn.rng).argsort()[:batch]
            next_ones = (self.filled + torch.arange(batch, device=fake.device)) % self.n
            slots = torch.where(full, chosen, next_ones)
            gives_way = full & (torch.rand(batch, device=fake.device, generator=turn.rng) < 0.5)
            before, now = kept[slots], fake.detach().to(kept.dtype)
            kept[slots] = torch.where(along(gives_way | ~full, now), now, before)
            return torch.where(along(gives_way, now), before, now).to(fake.dtype)

        fakes = each(exchanged, turn.fake)
        self.filled += len(leaves(fakes)[0])
        return turn.replace(fake=fakes)
