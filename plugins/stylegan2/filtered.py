"""Leaky ReLU at a higher sampling rate, so that the frequencies which it adds are cut off and not aliased."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d, leaky_relu, pad

from .bands import Band
from .equalised import GAIN
from .kaiser import low_pass, radial_low_pass

TAPS = 6  # of a filter, for each pixel of the lower of its two rates
FINER = 2  # the rate of leaky ReLU, relative to the higher one before and behind it
MATRICES = 128  # pixels: maps up to this size are filtered by matrix products, which is faster there


class Grown(nn.Module):
    """Maps at a higher rate: zeros between pixels, a symmetric filter along each axis, and the middle of the result.

    Args:
        taps: ``(K,)``, with sum 1.
        up: by how much the rate grows.
        given: height and width that it takes.
        made: height and width that it gives, about the same middle.
    """

    taps: Tensor
    rows: Tensor
    columns: Tensor

    def __init__(self, taps: Tensor, up: int, given: tuple[int, int], made: tuple[int, int]) -> None:
        super().__init__()
        self.up = up
        self.cut = [((n - 1) * up + len(taps) - m) // 2 for n, m in zip(given, made, strict=True)]
        kept = (up * taps).to(torch.get_default_dtype())  # zeros take as much of the sum as there are
        self.by_matrix = max(given) <= MATRICES
        if self.by_matrix:
            for name, n, m, cut in zip(("rows", "columns"), given, made, self.cut, strict=True):
                self.register_buffer(name, banded(kept, up, cut, m, n), persistent=False)
        else:
            self.register_buffer("taps", kept, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, *given)`` -> ``(B, C, *made)``."""
        if self.by_matrix:
            return times(self.rows, x, self.columns)
        taps = self.taps.to(x.dtype).expand(x.shape[1], 1, -1)
        x = conv_transpose2d(x, taps[..., None], stride=(self.up, 1), groups=x.shape[1])
        x = conv_transpose2d(x, taps[..., None, :], stride=(1, self.up), groups=x.shape[1])
        down, across = (-cut for cut in self.cut)
        return pad(x, (across, across, down, down))


class Shrunk(nn.Module):
    """Maps at a lower rate: a symmetric filter, and every so many pixels of what it gives.

    Args:
        taps: ``(K,)`` for a filter along each axis, ``(K, K)`` for one of both.
        down: by how much the rate shrinks.
        given: height and width that it takes.
        made: height and width that it gives, ``(given - K) / down + 1``.
    """

    taps: Tensor
    rows: Tensor
    columns: Tensor

    def __init__(self, taps: Tensor, down: int, given: tuple[int, int], made: tuple[int, int]) -> None:
        super().__init__()
        self.down, self.radial = down, taps.ndim == 2
        kept = taps.to(torch.get_default_dtype())
        self.by_matrix = not self.radial and max(made) <= MATRICES
        if self.by_matrix:
            for name, n, m in zip(("rows", "columns"), given, made, strict=True):
                self.register_buffer(name, banded(kept, down, 0, n, m).T.contiguous(), persistent=False)
        else:
            self.register_buffer("taps", kept, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, *given)`` -> ``(B, C, *made)``."""
        if self.by_matrix:
            return times(self.rows, x, self.columns)
        channels, down = x.shape[1], self.down
        if self.radial:
            return conv2d(x, self.taps.to(x.dtype).expand(channels, 1, -1, -1), stride=down, groups=channels)
        taps = self.taps.to(x.dtype).expand(channels, 1, -1)
        x = conv2d(x, taps[..., None, :], stride=(1, down), groups=channels)
        return conv2d(x, taps[..., None], stride=(down, 1), groups=channels)


def banded(taps: Tensor, step: int, cut: int, fine: int, coarse: int) -> Tensor:
    """Give the matrix whose column ``i`` holds the filter from row ``i * step - cut`` on, as far as there are rows.

    Its product with ``coarse`` pixels is ``fine`` of them at ``step`` times the rate, and that of its transpose goes
    back.

    Args:
        taps: ``(K,)``.
        step: ratio of the rates.
        cut: pixels at the higher rate that are left out in front.
        fine: how many there are at the higher rate.
        coarse: how many at the lower one.
    """
    row, column = torch.arange(fine)[:, None], torch.arange(coarse)
    at = row + cut - column * step
    return torch.where((at >= 0) & (at < len(taps)), taps[at.clamp(0, len(taps) - 1)], 0.0)


def times(rows: Tensor, x: Tensor, columns: Tensor) -> Tensor:
    """Multiply each map by a matrix along its rows and by one along its columns."""
    return rows.to(x.dtype) @ (x @ columns.T.to(x.dtype))


class FilteredLeakyReLU(nn.Module):
    """Leaky ReLU of slope 0.2 times sqrt(2), of the continuous signal that a map stands for.

    The map is brought to twice the higher of both rates by a filter that keeps the band of what was given, and to its
    new rate by one that keeps that of what is made. Both are separable Kaiser filters; the latter may be radial.

    Source: arXiv:2106.12423, sec. 3.1 and 3.2, and app. C.

    Args:
        given: the map before the convolution.
        size: height and width of what it takes, behind that convolution.
        made: the map that it gives.
        radial: the second filter treats all directions alike, but in layers that use their whole band.
    """

    def __init__(self, given: Band, size: tuple[int, int], made: Band, *, radial: bool) -> None:
        super().__init__()
        rate = FINER * max(given.rate, made.rate)
        up, down = round(rate / given.rate), round(rate / made.rate)
        design = radial_low_pass if radial and not made.critical else low_pass
        last = design(TAPS * down, made.cutoff, made.half_width, rate)
        fine = tuple((side - 1) * down + TAPS * down for side in made.size)
        between = fine[0], fine[1]
        self.grow = Grown(low_pass(TAPS * up, given.cutoff, given.half_width, rate), up, size, between)
        gain = GAIN if last.ndim == 2 else GAIN**0.5  # of the activation, once along each axis
        self.shrink = Shrunk(gain * last, down, between, made.size)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, *size)`` -> ``(B, C, *made.size)``."""
        out: Tensor = self.shrink(leaky_relu(self.grow(x), 0.2))
        return out
