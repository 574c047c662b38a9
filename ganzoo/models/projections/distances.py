"""Distance of two samples that a projection makes small."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

SMALLEST = 4  # pixels of the shorter side, below which no scale is looked at


def distance(made: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference over several scales of images, ``(B,)``: whole, halved, quartered, and so on.

    The coarse scales pull before the fine ones overlap, and weigh as much. 0 is reached by equal samples alone; black
    and white are 4 apart. For points it is the squared difference, averaged over their numbers.

    Args:
        made: ``(B, C, H, W)`` as they play: images in [-1, 1].
        target: ``(1, C, H, W)``, the same.
    """
    found = []
    here, there = made, target
    while True:
        found.append((here - there).square().mean(dim=(1, 2, 3)))
        if min(here.shape[-2:]) < 2 * SMALLEST:
            return torch.stack(found).mean(dim=0)
        here, there = avg_pool2d(here, 2), avg_pool2d(there, 2)
