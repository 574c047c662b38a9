"""Convolutions whose weights a style modulates."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d

from ganzoo.layers import Filter, PixelNoise

from .equalised import GAIN, TAPS, EqualisedLinear, activate
from .scaled import Scaled


class ModulatedConv2d(Scaled):
    """A convolution with weights of its own for each image: w'_ijk = s_i w_ijk, divided by its length over i and k.

    The styles scale the channels that go in, and the division those that come out, which gives the same as
    convolving each image with its own weights, without making them.

    Source: arXiv:1912.04958, eq. 1 and 3; the doubling is that of fig. 7 and app. B.

    Args:
        channels: that it takes.
        made: that it gives.
        style: length of a style.
        kernel: 1 or 3.
        double: give twice the height and width; the filter is ``(1, 3, 3, 1)`` along each axis.
        demodulate: divide by the length.
    """

    def __init__(
        self, channels: int, made: int, style: int, kernel: int, *, double: bool = False, demodulate: bool = True
    ) -> None:
        super().__init__()
        self.affine = EqualisedLinear(style, channels, bias=1.0)
        self.weight = nn.Parameter(torch.randn(made, channels, kernel, kernel))
        self.scales, self.kernel = {"weight": (channels * kernel**2) ** -0.5}, kernel
        self.demodulate = demodulate
        self.filter = Filter(TAPS, gain=2.0) if double else None

    def forward(self, x: Tensor, w: Tensor, bias: Tensor, gain: float = 1.0) -> Tensor:
        """Convolve, demodulate, multiply by ``gain`` and add ``bias``.

        Args:
            x: ``(B, channels, H, W)``.
            w: ``(B, style)``.
            bias: ``(made,)``.
            gain: of what is convolved, not of the bias.

        Returns:
            ``(B, made, H, W)``, or twice the size.
        """
        s, weight = self.affine(w), self.scaled()["weight"]
        x = x * s[:, :, None, None]
        if self.filter is not None:
            x = conv_transpose2d(x, weight.transpose(0, 1), stride=2)  # 2 H + 1 by 2 W + 1 pixels
            x = self.filter(x, padding=(1, 1))
        else:
            x = conv2d(x, weight, padding=self.kernel // 2)
        bias = bias[:, None, None]
        if not self.demodulate:
            return torch.add(bias, x, alpha=gain)
        lengths = s.square() @ weight.square().sum(dim=(2, 3)).T
        return torch.addcmul(bias, x, gain * (lengths + 1e-8).rsqrt()[:, :, None, None])


class StyledLayer(Scaled):
    """A modulated convolution, noise, a bias, and leaky ReLU.

    The noise is drawn anew for each image, in evaluation mode too, but where it is held (``ganzoo.layers.held_noise``).
    Its strength is learned and starts at 0.

    Source: arXiv:1912.04958, fig. 2d.

    Args:
        channels: that it takes.
        made: that it gives.
        style: length of a style.
        size: height and width of what it gives.
        double: of what is twice as large as what it takes.
    """

    def __init__(self, channels: int, made: int, style: int, size: tuple[int, int], *, double: bool = False) -> None:
        super().__init__()
        self.conv = ModulatedConv2d(channels, made, style, 3, double=double)
        self.strength = nn.Parameter(torch.zeros(()))
        self.bias = nn.Parameter(torch.zeros(made))
        self.scales = {"strength": GAIN, "bias": GAIN}
        self.noise = PixelNoise(size)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """``(B, channels, H, W)`` images, ``(B, style)`` styles -> ``(B, made, *size)``."""
        scaled = self.scaled()
        x = self.conv(x, w, scaled["bias"], GAIN)
        return activate(x + self.noise(x) * scaled["strength"])


class ToImage(nn.Module):
    """A modulated 1x1 convolution that gives an image, without demodulation.

    Source: arXiv:1912.04958, sec. 4.1 and the authors' code.

    Args:
        channels: that it takes.
        made: channels of the image.
        style: length of a style.
    """

    def __init__(self, channels: int, made: int, style: int) -> None:
        super().__init__()
        self.conv = ModulatedConv2d(channels, made, style, 1, demodulate=False)
        self.bias = nn.Parameter(torch.zeros(made))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """``(B, channels, H, W)`` images, ``(B, style)`` styles -> ``(B, made, H, W)``."""
        out: Tensor = self.conv(x, w, self.bias)
        return out
