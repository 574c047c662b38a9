"""Attention within windows of a map, and within windows that are shifted by half their size."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

FORBIDDEN = -100.0  # added to what a pixel asks of one that the shift has put beside it


def window_of(side: int, most: int) -> int:
    """Give the largest window up to ``most`` pixels that divides a side."""
    return next(size for size in range(min(side, most), 0, -1) if side % size == 0)


def parted(x: Tensor, window: tuple[int, int]) -> Tensor:
    """Cut a map into windows: ``(..., H, W, C)`` -> ``(..., windows, pixels, C)``, both row by row."""
    high, wide = window
    cut: Tensor = x.unflatten(-2, (-1, wide)).unflatten(-4, (-1, high))  # (..., rows, high, columns, wide, C)
    return cut.transpose(-4, -3).flatten(-3, -2).flatten(-4, -3)


def joined(x: Tensor, window: tuple[int, int], columns: int) -> Tensor:
    """Put windows together again, ``columns`` in a row: ``(..., windows, pixels, C)`` -> ``(..., H, W, C)``."""
    cut: Tensor = x.unflatten(-2, window).unflatten(-4, (-1, columns))  # (..., rows, columns, high, wide, C)
    return cut.transpose(-4, -3).flatten(-3, -2).flatten(-4, -3)


def strangers(size: tuple[int, int], window: tuple[int, int], shift: tuple[int, int]) -> Tensor:
    """Say for each window of a map that was rolled by ``shift`` which pixels the roll alone has brought together.

    Source: arXiv:2103.14030, sec. 3.2.

    Returns:
        ``(windows, 1, pixels, pixels)``: 0, or ``FORBIDDEN`` where the two come of opposite edges.
    """
    regions = []
    for side, of, by in zip(size, window, shift, strict=True):
        at = torch.arange(side)
        regions.append((at >= side - of).long() + (at >= side - by).long() if by else torch.zeros_like(at))
    region = 3 * regions[0][:, None] + regions[1]
    own = parted(region[..., None], window)[..., 0]  # (windows, pixels)
    apart = own[:, None, :, None] != own[:, None, None, :]
    return apart * torch.tensor(FORBIDDEN)


class WindowAttention(nn.Module):
    """Attention within each window of a map, with a learned bias for each way from one pixel to another.

    Source: arXiv:2103.14030, sec. 3.2, eq. 4, as arXiv:2112.10762 has it: queries, keys and values come from outside.

    Args:
        heads: that share the channels.
        size: height and width of the map.
        window: of the windows, which fill it.
        shift: how far windows are shifted down and to the right, in pixels; 0 for not at all.
    """

    place: Tensor
    apart: Tensor

    def __init__(self, heads: int, size: tuple[int, int], window: tuple[int, int], shift: tuple[int, int]) -> None:
        super().__init__()
        self.heads, self.window, self.shift, self.columns = heads, window, shift, size[1] // window[1]
        high, wide = window
        self.bias = nn.Parameter(torch.empty((2 * high - 1) * (2 * wide - 1), heads))
        rows, columns = torch.arange(high).repeat_interleave(wide), torch.arange(wide).repeat(high)
        down, right = (at[:, None] - at for at in (rows, columns))
        self.register_buffer("place", (down + high - 1) * (2 * wide - 1) + right + wide - 1, persistent=False)
        apart = strangers(size, window, shift) if any(shift) else torch.zeros(1, 1, 1, 1)
        self.register_buffer("apart", apart, persistent=False)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """``(B, H, W, C)`` each -> the same shape."""
        back = tuple(-by for by in self.shift)
        windows = [
            parted(x.roll(back, (1, 2)), self.window).unflatten(3, (self.heads, -1)).transpose(2, 3)
            for x in (query, key, value)
        ]
        bias = self.bias[self.place].permute(2, 0, 1) + self.apart
        asked, told, values = windows
        share = torch.softmax(asked @ told.transpose(3, 4) * asked.shape[4] ** -0.5 + bias, dim=4)
        out = joined((share @ values).transpose(2, 3).flatten(3), self.window, self.columns)
        return out.roll(self.shift, (1, 2))


class DoubleAttention(nn.Module):
    """Half of the heads attend within windows, the other half within windows that are shifted by half their size.

    Where one window is the whole map along an axis, nothing is shifted along it.

    Source: arXiv:2112.10762, sec. 3.2 and eq. 2.

    Args:
        channels: of the map, a multiple of ``heads``.
        heads: an even number.
        size: height and width of the map.
        most: pixels along a window's sides at most.
    """

    def __init__(self, channels: int, heads: int, size: tuple[int, int], most: int) -> None:
        super().__init__()
        window = (window_of(size[0], most), window_of(size[1], most))
        shift = tuple(0 if of == side else of // 2 for of, side in zip(window, size, strict=True))
        self.asked, self.out = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        self.halves = nn.ModuleList(
            WindowAttention(heads // 2, size, window, by) for by in ((0, 0), (shift[0], shift[1]))
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(B, H, W, C)`` -> the same shape."""
        halves = self.asked(x).unflatten(3, (3, 2, -1)).permute(4, 3, 0, 1, 2, 5)  # (half, kind, B, H, W, C / 2)
        out: Tensor = self.out(torch.cat([attend(*half) for attend, half in zip(self.halves, halves, strict=True)], 3))
        return out


def sinusoids(size: tuple[int, int], channels: int) -> Tensor:
    """Give sines and cosines of each pixel's place, ``(H, W, channels)``: half for its column, half for its row.

    Source: arXiv:2112.10762, sec. 3.3; places are counted from 1 as in the authors' code.

    Args:
        size: height and width.
        channels: a multiple of 4.
    """
    quarter = channels // 4
    pace = torch.exp(-math.log(10000) / max(1, quarter - 1) * torch.arange(quarter, dtype=torch.float64))
    angles = [(1 + torch.arange(side, dtype=torch.float64))[:, None] * pace for side in size]
    rows, columns = (torch.cat([angle.sin(), angle.cos()], dim=1) for angle in angles)
    places = [columns.expand(size[0], -1, -1), rows[:, None].expand(-1, size[1], -1)]
    return torch.cat(places, dim=2).to(torch.get_default_dtype())
