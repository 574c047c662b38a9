"""Layers of the alias-free generator: modulated convolutions of inputs of unit size, and a filtered activation."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from ganzoo.layers import batch_mean, batch_size

from .bands import Band
from .equalised import EqualisedLinear
from .filtered import FilteredLeakyReLU
from .scaled import Scaled

HALF_LIFE = 20.0  # thousand images in which the mean square of a layer's input is half forgotten


class Magnitude(nn.Module):
    """The factor that brings a layer's inputs to unit size: 1 over the root of a moving average of their squares.

    The average follows in training mode, with a half-life of 20 thousand images, and no gradient flows through it.

    Source: arXiv:2106.12423, sec. 3 and app. B (in place of mixing regularization, path length and other measures).
    Departs: it follows in each pass in training mode, so twice as fast where the players do not share their fakes;
        that of the authors' code follows in the discriminator's turns alone.
    """

    mean_square: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean_square", torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        """``(B, ...)`` inputs -> the factor, a scalar."""
        if self.training:
            with torch.no_grad():
                square = batch_mean(x.to(self.mean_square.dtype).square().mean())
                self.mean_square.lerp_(square, 1 - 0.5 ** (batch_size(x) / (1000 * HALF_LIFE)))
        return self.mean_square.rsqrt()


class AliasFreeLayer(nn.Module):
    """A modulated convolution with demodulation, of inputs of unit size, a bias, and leaky ReLU between two filters.

    Source: arXiv:2106.12423, fig. 4b; modulation is arXiv:1912.04958, eq. 1 and 3.

    Args:
        channels: that it takes.
        made_channels: that it gives.
        style: length of a style.
        given: the map that it takes.
        made: the map that it gives.
        kernel: of the convolution, 1 or 3.
        radial: see ``FilteredLeakyReLU``.
    """

    def __init__(
        self, channels: int, made_channels: int, style: int, given: Band, made: Band, *, kernel: int, radial: bool
    ) -> None:
        super().__init__()
        self.affine = EqualisedLinear(style, channels, bias=1.0)
        self.weight = nn.Parameter(torch.randn(made_channels, channels, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(made_channels))
        self.magnitude, self.padding = Magnitude(), kernel - 1
        height, width = given.size
        convolved = (height + kernel - 1, width + kernel - 1)
        self.activation = FilteredLeakyReLU(given, convolved, made, radial=radial)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """``(B, channels, *given.size)`` maps, ``(B, style)`` styles -> ``(B, made_channels, *made.size)``."""
        s = self.affine(w)
        h = conv2d(x * (s * self.magnitude(x))[..., None, None], self.weight, padding=self.padding)
        lengths = s.square() @ self.weight.square().sum(dim=(2, 3)).T
        h = torch.addcmul(self.bias[:, None, None], h, (lengths + 1e-8).rsqrt()[..., None, None])
        out: Tensor = self.activation(h)
        return out


class AliasFreeImage(Scaled):
    """A modulated 1x1 convolution that gives an image, of inputs of unit size and without demodulation.

    Source: arXiv:2106.12423, fig. 4b.

    Args:
        channels: that it takes.
        made: channels of the image.
        style: length of a style.
    """

    def __init__(self, channels: int, made: int, style: int) -> None:
        super().__init__()
        self.affine = EqualisedLinear(style, channels, bias=1.0)
        self.weight = nn.Parameter(torch.randn(made, channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(made))
        self.scales = {"weight": channels**-0.5}
        self.magnitude = Magnitude()

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """``(B, channels, H, W)`` maps, ``(B, style)`` styles -> ``(B, made, H, W)``."""
        s = self.affine(w) * self.magnitude(x)
        return conv2d(x * s[..., None, None], self.scaled()["weight"], self.bias)
