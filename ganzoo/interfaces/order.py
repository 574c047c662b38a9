"""Order in which images are dealt."""

import torch

from ..seeds import stream


class Order:
    """The endless order of ``n`` images: one permutation after the other.

    A pure function of the seed and the position, so that every recipe sees the same images at the same time
    whatever its batch size, and a run goes on at any position without a state to restore.
    """

    def __init__(self, n: int, seed: int) -> None:
        self.n = n
        self.seed = seed
        # The last permutation, since batches come one after the other.
        self._epoch = -1
        self._permutation = torch.empty(0, dtype=torch.int64)

    def _of(self, epoch: int) -> torch.Tensor:
        if epoch != self._epoch:
            rng = torch.Generator().manual_seed(stream(self.seed, "data", epoch))
            self._permutation = torch.randperm(self.n, generator=rng)
            self._epoch = epoch
        return self._permutation

    def take(self, position: int, count: int) -> torch.Tensor:
        """Give the indices of the images at ``position``, ``position + 1``, ...: ``(count,)`` int64 on the CPU."""
        out = torch.empty(count, dtype=torch.int64)
        filled = 0
        while filled < count:
            epoch, start = divmod(position + filled, self.n)
            piece = self._of(epoch)[start : start + count - filled]
            out[filled : filled + len(piece)] = piece
            filled += len(piece)
        return out
