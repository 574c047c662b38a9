"""Dense layers of styles, whose weights start from N(0, 1) and are scaled while they work."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu, linear

GAIN = 2**0.5
SLOPE = 0.2


class EqualisedLinear(nn.Module):
    """A dense layer with equalised learning rate.

    Source: arXiv:1710.10196, sec. 4.1; the multiplier is that of arXiv:1812.04948, app. C.

    Args:
        features: that it takes.
        made: that it gives.
        lr: multiplier of the learning rate.
    """

    def __init__(self, features: int, made: int, lr: float = 1.0) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(made, features) / lr), nn.Parameter(torch.zeros(made))
        self.scale, self.lr = lr * features**-0.5, lr

    def forward(self, x: Tensor) -> Tensor:
        """``(B, features)`` -> ``(B, made)``."""
        return linear(x, self.weight * self.scale, self.bias * self.lr)


class BiasedLeaky(nn.Module):
    """A learned bias of each channel, and leaky ReLU times the root of 2.

    Source: arXiv:1912.04958, the authors' code.

    Args:
        channels: of what comes.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """``(B, channels, ...)`` -> the same shape."""
        return leaky_relu(x + self.bias.view(-1, *[1] * (x.ndim - 2)), SLOPE) * GAIN


class Mapping(nn.Module):
    """Dense layers of slow pace from a latent, brought to a mean square of 1, to a style.

    Source: arXiv:1812.04948, sec. 2, as arXiv:2112.10762 has it.

    Args:
        features: length of the latent.
        made: length of the style.
        depth: how many layers.
    """

    def __init__(self, features: int, made: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EqualisedLinear(made if i else features, made, lr=0.01) for i in range(depth))

    def forward(self, z: Tensor) -> Tensor:
        """``(B, features)`` -> ``(B, made)``."""
        h = z * (z.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()
        for layer in self.layers:
            h = leaky_relu(layer(h), SLOPE) * GAIN
        return h
