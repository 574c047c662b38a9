"""Random Fourier features of what the discriminator reads."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError


class FourierFeatures(nn.Module):
    """Put the sine and the cosine of random projections beside the numbers themselves.

    A dense network learns what varies slowly first; behind these features it resolves structure of the size of a
    wavelength, 2 pi / ``bandwidth``, from the start.

    Source: arXiv:2006.10739, eq. 5 and sec. 6 (Gaussian mapping).
    Departs: the frequencies are angular, those of the paper times 2 pi; the numbers themselves stay, and frequencies
        may be drawn from several widths.

    Args:
        inputs: how many numbers are read.
        count: how many frequencies, shared out evenly among the bandwidths.
        bandwidths: standard deviations of the frequencies, in radians per unit of what is read, each above 0.

    Attributes:
        outputs: how many numbers come out, ``inputs + 2 * count``.
        frequencies: ``(inputs, count)``, a buffer, drawn once.

    Raises:
        RecipeError: a bandwidth is no number above 0, or they do not divide the count.
    """

    frequencies: Tensor

    def __init__(self, inputs: int, count: int, bandwidths: Sequence[float]) -> None:
        super().__init__()
        for one in bandwidths:
            if isinstance(one, bool) or not isinstance(one, int | float) or not 0 < one < math.inf:
                raise RecipeError(f"bandwidth is {one!r}, and must be a number above 0, or a list of such")
        if not bandwidths or count % len(bandwidths):
            raise RecipeError(f"fourier is {count}, and must be a multiple of the {len(bandwidths)} bandwidths")
        widths = torch.tensor(bandwidths).repeat_interleave(count // len(bandwidths))
        self.register_buffer("frequencies", torch.randn(inputs, count) * widths)
        self.outputs = inputs + 2 * count

    def forward(self, x: Tensor) -> Tensor:
        """``(B, inputs)`` -> ``(B, outputs)``: the numbers, then sines, then cosines."""
        angles = x @ self.frequencies.to(x.dtype)
        return torch.cat([x, angles.sin(), angles.cos()], dim=1)
