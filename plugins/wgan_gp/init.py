"""Initial weights of both players."""

from __future__ import annotations

import math

from torch import nn


def init_he(module: nn.Module) -> None:
    """He's initialisation for convolutions, Glorot's for dense layers and 1x1 shortcuts, biases zero.

    Convolutions draw uniformly with variance 4 / (fan_in + fan_out), which is He's 2 / fan_in where both fans
    are equal; a stride counts in the fan that it thins out.

    Source: arXiv:1704.00028, the authors' code.
    """
    if isinstance(module, nn.Linear) or (isinstance(module, nn.Conv2d) and module.kernel_size == (1, 1)):
        nn.init.xavier_uniform_(module.weight)
    elif isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        taps, thinned = math.prod(module.kernel_size), math.prod(module.stride)
        fan_in, fan_out = float(module.in_channels * taps), float(module.out_channels * taps)
        if isinstance(module, nn.Conv2d):
            fan_out /= thinned
        else:
            fan_in /= thinned
        bound = math.sqrt(3 * 4 / (fan_in + fan_out))
        nn.init.uniform_(module.weight, -bound, bound)
    else:
        return
    if module.bias is not None:
        nn.init.zeros_(module.bias)
