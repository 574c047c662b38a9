"""Layers whose weights start from N(0, 1) and are scaled while they work.

An optimizer with steps of one size, such as Adam, then moves every layer at one pace (arXiv:1710.10196, sec. 4.1).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, embedding, leaky_relu, linear

from ganzoo.layers import Filter

from .scaled import Scaled

TAPS = (1.0, 3.0, 3.0, 1.0)


GAIN = 2**0.5  # of the activation: leaky ReLU of slope 0.2 times this keeps the mean square of a normal input near 1


def activate(x: Tensor) -> Tensor:
    """Leaky ReLU of slope 0.2. Its gain is left to the layer before it, whose weights are fewer than its outputs."""
    return leaky_relu(x, 0.2)


class EqualisedLinear(Scaled):
    """A dense layer with equalised learning rate.

    Source: arXiv:1710.10196, sec. 4.1; the multiplier is that of arXiv:1812.04948, app. C.

    Args:
        features: that it takes.
        made: that it gives.
        bias: what the biases start at.
        lr: multiplier of the learning rate.
        gain: factor of what it gives.
    """

    def __init__(self, features: int, made: int, *, bias: float = 0.0, lr: float = 1.0, gain: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(made, features) / lr)
        self.bias = nn.Parameter(torch.full((made,), bias / lr))
        self.scales = {"weight": gain * lr / features**0.5, "bias": gain * lr}

    def forward(self, x: Tensor) -> Tensor:
        """``(B, features)`` -> ``(B, made)``."""
        return linear(x, **self.scaled())


class EqualisedLabel(Scaled):
    """A dense layer with equalised learning rate on labels of which one is 1 and all others are 0.

    Source: the authors' code for arXiv:2006.06676.

    Args:
        num_classes: how many labels there are.
        made: length of the vector that it gives.
    """

    def __init__(self, num_classes: int, made: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(num_classes, made))
        self.bias = nn.Parameter(torch.zeros(made))
        self.scales = {"weight": num_classes**-0.5, "bias": 1.0}

    def forward(self, y: Tensor) -> Tensor:
        """``(B,)`` int64 labels -> ``(B, made)``."""
        scaled = self.scaled()
        return embedding(y, scaled["weight"]) + scaled["bias"]


class EqualisedConv2d(Scaled):
    """A convolution with equalised learning rate, which keeps the size or halves it behind a filter.

    Source: arXiv:1912.04958, fig. 7 and app. B.

    Args:
        channels: that it takes.
        made: that it gives.
        kernel: 1 or 3.
        halve: give half the height and width; the filter is ``(1, 3, 3, 1)`` along each axis.
        bias: add a bias.
        gain: factor of what it gives.
    """

    def __init__(
        self, channels: int, made: int, kernel: int, *, halve: bool = False, bias: bool = True, gain: float = 1.0
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(made, channels, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(made)) if bias else None
        self.scales = {"weight": gain * (channels * kernel**2) ** -0.5, "bias": gain}
        self.kernel = kernel
        self.filter = Filter(TAPS) if halve else None

    def forward(self, x: Tensor) -> Tensor:
        """``(B, channels, H, W)`` -> ``(B, made, H, W)``, or half the size."""
        scaled = self.scaled()
        weight, bias = scaled["weight"], scaled.get("bias")
        if self.filter is None:
            return conv2d(x, weight, bias, padding=self.kernel // 2)
        if self.kernel == 1:  # only the pixels that are left need filtering
            return conv2d(self.filter(x, down=2, padding=(1, 1)), weight, bias)
        return conv2d(self.filter(x, padding=(2, 2)), weight, bias, stride=2)
