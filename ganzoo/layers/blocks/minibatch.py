"""Minibatch standard deviation, as one more channel."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..whole_batch import batch_size, gathered, own_rows


def group_size(batch: int, group: int) -> int:
    """Give the largest number up to ``group`` that divides the batch."""
    return next(size for size in range(min(batch, group), 0, -1) if batch % size == 0)


class MinibatchStd(nn.Module):
    """One more channel: the standard deviation over a group of images, averaged over channels and pixels.

    The batch is dealt out to the groups in turns: with 8 images in groups of 4, the even ones are one group. Where
    ``group`` does not divide the batch, the next smaller number that does takes its place.

    Source: arXiv:1710.10196, sec. 3; groups as in the authors' code for arXiv:1912.04958.

    Args:
        group: images in a group.
    """

    def __init__(self, group: int) -> None:
        super().__init__()
        self.group = group

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` -> ``(B, C + 1, H, W)``."""
        own, _, h, w = x.shape
        n = batch_size(x)
        size = group_size(n, self.group)
        groups = gathered(x).reshape(size, n // size, *x.shape[1:])
        variance = (groups - groups.mean(dim=0)).square().mean(dim=0)
        std = (variance + 1e-8).sqrt().mean(dim=(1, 2, 3))
        return torch.cat([x, own_rows(std.repeat(size))[:, None, None, None].expand(own, 1, h, w)], dim=1)
