"""Initial weights of both players."""

from __future__ import annotations

import math

from torch import nn

from ganzoo.layers import ConditionalBatchNorm2d


def init_glorot(module: nn.Module) -> None:
    """Glorot's initialisation, with a gain of sqrt(2) for the 3x3 convolutions of the blocks; biases zero.

    Source: arXiv:1802.05957, the authors' code.
    Departs: what labels add to the gains and shifts of batch normalisation is drawn from N(0, 0.02), where the code
        has 0: a matrix of zeros has no singular value for spectral normalisation to divide by.
    """
    if isinstance(module, nn.Conv2d | nn.Linear):
        spread = math.sqrt(2) if isinstance(module, nn.Conv2d) and module.kernel_size == (3, 3) else 1.0
        nn.init.xavier_uniform_(module.weight, spread)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.xavier_uniform_(module.weight)
    elif isinstance(module, ConditionalBatchNorm2d):
        nn.init.normal_(module.gain.weight, 0.0, 0.02)
        nn.init.normal_(module.shift.weight, 0.0, 0.02)
