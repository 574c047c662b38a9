"""Self-attention over the pixels of a feature map."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from ...errors import RecipeError


class SelfAttention2d(nn.Module):
    """Adds to each pixel what it asks of the whole map; at the start, nothing.

    Queries and keys have an eighth of the channels, values half of them, and at least one each. Keys and values are
    the maxima of 2x2 pixels. What the pixels gather is scaled by a learned ``gamma``, which starts at 0.

    Source: arXiv:1805.08318, sec. 3; the pooling and the values' width are those of the authors' code.

    Args:
        channels: of the map.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        asking, told = max(1, channels // 8), max(1, channels // 2)
        self.query = nn.Conv2d(channels, asking, 1, bias=False)
        self.key = nn.Conv2d(channels, asking, 1, bias=False)
        self.value = nn.Conv2d(channels, told, 1, bias=False)
        self.out = nn.Conv2d(told, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` map of at least 2x2 pixels -> the same shape."""
        query = self.query(x).flatten(2)
        key, value = max_pool2d(self.key(x), 2).flatten(2), max_pool2d(self.value(x), 2).flatten(2)
        share = torch.softmax(query.transpose(1, 2) @ key, dim=2)  # (B, H W, keys), rows of sum 1
        gathered = (value @ share.transpose(1, 2)).unflatten(2, x.shape[2:])
        attended: Tensor = x + self.gamma * self.out(gathered)
        return attended


def attended_map(size: int | None, sizes: Iterable[int], most: int) -> int:
    """On which of a network's maps attention stands.

    Args:
        size: what the recipe says: a map's shorter side, 0 for no attention, or None for the paper's place.
        sizes: the shorter sides of the maps that there are.
        most: the shorter side of the map in the paper; without one that large, None is the largest there is.

    Returns:
        A map's shorter side, or 0.

    Raises:
        RecipeError: there is no such map.
    """
    sizes = sorted(sizes)
    if size is None:
        return max((s for s in sizes if s <= most), default=sizes[0])
    if isinstance(size, bool) or size not in (0, *sizes):
        words = ", ".join(map(str, sizes))
        raise RecipeError(f"attention is {size!r}, and must be the size of a map, here one of {words}, or 0 for none")
    return size
