"""Places of patches in an image: a fixed table that is added to tokens, and rotations of queries and keys."""

from __future__ import annotations

import torch
from torch import Tensor, nn

LONGEST = 10000.0  # of the wavelengths, in patches and by 2 pi


def frequencies(count: int) -> Tensor:
    """Give ``count`` angles per patch, from 1 down in equal ratios, as float64."""
    return LONGEST ** -(torch.arange(count, dtype=torch.float64) / count)


def fixed_table(grid: tuple[int, int], width: int) -> Tensor:
    """Give sines and cosines of each patch's place, ``(rows * columns, width)``: half for its column, half for its row.

    Source: arXiv:1706.03762, sec. 3.5, along two axes as in the authors' code for arXiv:2509.24935.

    Args:
        grid: rows and columns of patches.
        width: a multiple of 4.
    """
    rows, columns = (torch.arange(n, dtype=torch.float64)[:, None] * frequencies(width // 4) for n in grid)
    halves = [torch.cat([angles.sin(), angles.cos()], dim=1) for angles in (columns, rows)]
    places = [halves[0].expand(grid[0], -1, -1), halves[1][:, None].expand(-1, grid[1], -1)]
    return torch.cat(places, dim=2).flatten(0, 1).to(torch.get_default_dtype())


class Rotation(nn.Module):
    """Turns pairs of a query's or a key's numbers by angles in proportion to the patch's place.

    The inner product of a query and a key then depends on the way from one patch to the other. The first half of the
    numbers turns with the row, the second with the column. Tokens before the patches, such as that of the class, stay.

    Source: arXiv:2104.09864, along two axes as in the authors' code for arXiv:2509.24935.

    Args:
        grid: rows and columns of patches.
        features: of a head, a multiple of 4.
    """

    cos: Tensor
    sin: Tensor

    def __init__(self, grid: tuple[int, int], features: int) -> None:
        super().__init__()
        rows, columns = (torch.arange(n, dtype=torch.float64)[:, None] * frequencies(features // 4) for n in grid)
        angles = torch.cat([rows[:, None].expand(-1, grid[1], -1), columns.expand(grid[0], -1, -1)], dim=2)
        angles = angles.flatten(0, 1)  # (patches, features / 2)
        self.register_buffer("cos", angles.cos().to(torch.get_default_dtype()), persistent=False)
        self.register_buffer("sin", angles.sin().to(torch.get_default_dtype()), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, heads, tokens, features)``, of which the last tokens are the patches -> the same shape."""
        before = x.shape[2] - len(self.cos)
        a, b = x[:, :, before:].unflatten(3, (-1, 2)).unbind(4)
        turned = torch.stack([a * self.cos - b * self.sin, b * self.cos + a * self.sin], dim=4).flatten(3)
        return torch.cat([x[:, :, :before], turned.to(x.dtype)], dim=2) if before else turned.to(x.dtype)
