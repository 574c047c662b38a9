"""Haar wavelets of images."""

from __future__ import annotations

import torch
from torch import Tensor


def haar(x: Tensor) -> Tensor:
    """Give the wavelets of each 2x2 pixels, an orthogonal change of their four numbers.

    Source: arXiv:2112.10762, sec. 3.4; the order of bands is that of the authors' code.

    Args:
        x: ``(B, C, 2H, 2W)``.

    Returns:
        ``(B, 4C, H, W)``: half the sum, then half the difference of the rows, of the columns, and of both.
    """
    above, below = x[:, :, ::2], x[:, :, 1::2]
    bands = []
    for across in (1, -1):
        for down in (1, -1):
            rows = above + down * below
            bands.append((rows[..., ::2] + across * rows[..., 1::2]) / 2)
    return torch.cat(bands, dim=1)


def inverse_haar(x: Tensor) -> Tensor:
    """Give the image of its wavelets: ``(B, 4C, H, W)`` -> ``(B, C, 2H, 2W)``."""
    whole, rows, columns, both = x.chunk(4, dim=1)
    lines = []
    for down in (1, -1):
        even, odd = whole + down * rows, columns + down * both
        lines.append(torch.stack([even + odd, even - odd], dim=4).flatten(3) / 2)
    return torch.stack(lines, dim=3).flatten(2, 3)
