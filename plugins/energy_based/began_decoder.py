"""The decoder, which is the generator and half of the discriminator."""

from __future__ import annotations

import math

from torch import nn

from ganzoo.layers import keeping


def decoder(code: int, width: int, base: tuple[int, int], times: int, channels: int) -> nn.Sequential:
    """Make a dense layer, two 3x3 convolutions with ELU at each size, doubled by nearest neighbours, and the image.

    ``(B, code)`` -> ``(B, channels, h * 2**times, w * 2**times)``, any real number.

    Source: arXiv:1703.10717, fig. 1 and sec. 3.5, where the smallest size is 8x8.

    Args:
        code: length of what is decoded.
        width: channels of every hidden layer.
        base: height h and width w that the dense layer gives.
        times: how often they double.
        channels: of the image.
    """
    layers: list[nn.Module] = [nn.Linear(code, width * math.prod(base)), nn.Unflatten(1, (width, *base))]
    for i in range(times + 1):
        if i:
            layers.append(nn.Upsample(scale_factor=2, mode="nearest"))
        layers += [keeping(width, width), nn.ELU(), keeping(width, width), nn.ELU()]
    return nn.Sequential(*layers, keeping(width, channels))


def init_glorot(module: nn.Module) -> None:
    """Glorot's uniform weights, and biases of zero."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
