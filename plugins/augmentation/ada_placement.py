"""Source positions of the pixels of a transformed image."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor


class Placement:
    """The inverse of a chain of affine maps, one for each image, built step by step and carried out once.

    A pixel at ``q``, (column, row) from the image's centre in pixels, takes its value from ``A q + b``. Products are
    written out: on a GPU a matrix product may round to TF32, which is too coarse for positions.

    Args:
        A: ``(B, 2, 2)``.
        b: ``(B, 2)``.
    """

    def __init__(self, A: Tensor, b: Tensor) -> None:
        self.A, self.b = A, b

    @classmethod
    def unmoved(cls, x: Tensor) -> Self:
        """Every pixel of the images ``x`` where it is."""
        one = torch.eye(2, device=x.device, dtype=x.dtype)
        return cls(one.expand(len(x), 2, 2), one.new_zeros(len(x), 2))

    def _then(self, L: Tensor) -> Placement:
        return Placement((self.A[:, :, :, None] * L[:, None, :, :]).sum(2), self.b)

    def flipped(self, sign: Tensor) -> Placement:
        """Then mirrored from left to right where ``sign`` ``(B,)`` is -1, and left alone where it is 1."""
        return self.scaled(sign, torch.ones_like(sign))

    def turned_by_quarters(self, quarters: Tensor) -> Placement:
        """Then turned counter-clockwise by ``quarters`` ``(B,)`` right angles: 0, 1, 2 or 3; no number is rounded."""
        dtype = self.A.dtype
        return self._rotated(
            (quarters == 0).to(dtype) - (quarters == 2).to(dtype), (quarters == 1).to(dtype) - (quarters == 3).to(dtype)
        )

    def rotated(self, angle: Tensor) -> Placement:
        """Then rotated counter-clockwise by ``angle`` ``(B,)`` in radians, about the centre."""
        return self._rotated(angle.cos(), angle.sin())

    def _rotated(self, cos: Tensor, sin: Tensor) -> Placement:
        # rows count downwards, so that this turns clockwise to the eye: the inverse
        return self._then(torch.stack([torch.stack([cos, -sin], dim=1), torch.stack([sin, cos], dim=1)], dim=1))

    def scaled(self, width: Tensor, height: Tensor) -> Placement:
        """Then made ``width`` ``(B,)`` times as wide and ``height`` ``(B,)`` times as high, about the centre."""
        return self._then(torch.diag_embed(torch.stack([1 / width, 1 / height], dim=1)))

    def shifted(self, by: Tensor) -> Placement:
        """Then moved by ``by`` ``(B, 2)`` pixels to the right and down."""
        return Placement(self.A, self.b - (self.A * by[:, None, :]).sum(2))

    def carried_out(self, x: Tensor) -> Tensor:
        """Give the transformed images, of the shape of ``x`` ``(B, C, H, W)``.

        Cubic convolution between pixels, which is exact where a pixel takes its value from a pixel; the image goes on
        as its mirror image beyond its border pixels. It gathers, and so can be differentiated twice, which
        ``grid_sample`` cannot.
        """
        n, channels, height, width = x.shape
        across = torch.arange(width, device=x.device, dtype=x.dtype) - (width - 1) / 2
        down = torch.arange(height, device=x.device, dtype=x.dtype)[:, None] - (height - 1) / 2
        A, b = self.A[:, :, :, None, None], self.b[:, :, None, None]
        columns, x_weights = _taps(A[:, 0, 0] * across + A[:, 0, 1] * down + b[:, 0] + (width - 1) / 2, width)
        rows, y_weights = _taps(A[:, 1, 0] * across + A[:, 1, 1] * down + b[:, 1] + (height - 1) / 2, height)
        index = rows[..., :, None] * width + columns[..., None, :]
        weights = y_weights[..., :, None] * x_weights[..., None, :]
        found = x.flatten(2).gather(2, index.view(n, 1, -1).expand(-1, channels, -1))
        return (found.view(n, channels, height, width, 16) * weights.view(n, 1, height, width, 16)).sum(-1)


def _taps(at: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """Give the four pixels beside each position along one axis, and what each counts.

    Source: R. G. Keys, Cubic convolution interpolation for digital image processing, 1981, with a = -1/2.

    Args:
        at: ``(B, H, W)`` positions in pixels; 0 is the middle of the first.
        size: pixels along the axis.

    Returns:
        Indices and weights, ``(B, H, W, 4)``.
    """
    first = at.floor()
    t = at - first
    weights = [
        ((2 - t) * t - 1) * t / 2,
        ((3 * t - 5) * t * t + 2) / 2,
        ((4 - 3 * t) * t + 1) * t / 2,
        (t - 1) * t * t / 2,
    ]
    index = first.long()[..., None] + torch.arange(-1, 3, device=at.device)
    period = max(2 * (size - 1), 1)
    index = index.remainder(period)
    return torch.minimum(index, period - index) if size > 1 else index, torch.stack(weights, dim=-1)
