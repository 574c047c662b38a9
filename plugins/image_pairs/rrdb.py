"""The generator of ESRGAN."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, leaky_relu

from ganzoo.interfaces import Generator, Size
from ganzoo.layers import require_positive

from .srresnet import doublings_of
from .unet import require_given

SLOPE = 0.2
SCALE = 0.2  # of what a branch adds
START = 0.1  # of the initial weights of the dense blocks


class Dense(nn.Module):
    """Five 3x3 convolutions, each of which sees all that was before it; the last one's maps are scaled and added.

    Weights begin as a tenth of He's, N(0, 2 / inputs), and biases at 0.

    Args:
        width: channels in and out.
        growth: channels of each convolution but the last.
    """

    def __init__(self, width: int, growth: int) -> None:
        super().__init__()
        outs = [growth] * 4 + [width]
        layers = [nn.Conv2d(width + i * growth, out, 3, padding=1) for i, out in enumerate(outs)]
        for layer in layers:
            nn.init.kaiming_normal_(layer.weight, mode="fan_in")
            with torch.no_grad():
                layer.weight *= START
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` -> the same shape."""
        seen = [x]
        for layer in self.layers[:-1]:
            seen.append(leaky_relu(layer(torch.cat(seen, dim=1)), SLOPE))
        out: Tensor = x + SCALE * self.layers[-1](torch.cat(seen, dim=1))
        return out


class DenseInDense(nn.Module):
    """Three dense blocks, the change by which is scaled and added: a residual-in-residual dense block.

    Args:
        width: channels in and out.
        growth: of the dense blocks.
    """

    def __init__(self, width: int, growth: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*(Dense(width, growth) for _ in range(3)))

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` -> the same shape."""
        out: Tensor = x + SCALE * self.body(x)
        return out


class RRDBNet(Generator):
    """Residual-in-residual dense blocks without normalisation at the small size, then doublings by repeated pixels.

    Source: arXiv:1809.00219, sec. 3.1; the layers behind the blocks, and the factor 0.2 of what is added, are those of
        xinntao/ESRGAN@d274b11 RRDBNet_arch.py, and the initial weights those of xinntao/BasicSR@d21eac8 rrdbnet_arch.py
        (the paper's "smaller initialization").
    Departs: a tanh keeps the output in [-1, 1], where the paper's is not bounded.

    Args:
        image_size: height and width of the wanted picture.
        channels: of the wanted picture.
        given_channels: of the given picture.
        factor: by which the given picture is enlarged, a power of 2.
        width: channels between blocks.
        blocks: how many there are.
        growth: channels of a convolution within a dense block.

    Raises:
        RecipeError: nothing is given, the factor is no power of 2, or a parameter is out of range.
    """

    z_dim = 0

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        given_channels: int,
        factor: int,
        width: int = 64,
        blocks: int = 23,
        growth: int = 32,
    ) -> None:
        super().__init__()
        require_given("rrdb", given_channels)
        require_positive(width=width, blocks=blocks, growth=growth)

        def convolution(seen: int, made: int) -> nn.Conv2d:
            return nn.Conv2d(seen, made, 3, padding=1)

        self.first = convolution(given_channels, width)
        layers: list[nn.Module] = [DenseInDense(width, growth) for _ in range(blocks)]
        self.body = nn.Sequential(*layers, convolution(width, width))
        self.up = nn.ModuleList(convolution(width, width) for _ in range(doublings_of(factor)))
        self.fine, self.last = convolution(width, width), convolution(width, channels)

    def forward(self, z: Tensor, y: Any = None) -> Tensor:
        """``(B, 0)`` latents, ``(B, G, H / factor, W / factor)`` pictures in [-1, 1] -> ``(B, C, H, W)``, likewise."""
        x = self.first(y)
        x = x + self.body(x)
        for layer in self.up:
            x = leaky_relu(layer(interpolate(x, scale_factor=2.0)), SLOPE)
        return torch.tanh(self.last(leaky_relu(self.fine(x), SLOPE)))
