"""Parts that both players share: widths, the place of attention, and initial weights."""

from __future__ import annotations

from torch import nn

from ganzoo.interfaces import Size
from ganzoo.layers import ConditionalBatchNorm2d, shorter

ATTENDED = 32  # the height of the map that the paper's best model attends to, at 128x128


def default_width(image_size: Size) -> int:
    """Give the paper's 64 from a shorter side of 32 on, in proportion below, and 32 at the least."""
    return max(32, min(64, 2 * shorter(image_size)))


def init_glorot(module: nn.Module) -> None:
    """Glorot's uniform initialisation, biases zero.

    Source: arXiv:1805.08318, the authors' code.
    Departs: what labels add to the gains and shifts of batch normalisation is drawn from N(0, 0.02), where the code
        has 0: a matrix of zeros has no singular value for spectral normalisation to divide by.
    """
    if isinstance(module, nn.Conv2d | nn.Linear | nn.Embedding):
        nn.init.xavier_uniform_(module.weight)
    if isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
    if isinstance(module, ConditionalBatchNorm2d):
        nn.init.normal_(module.gain.weight, 0.0, 0.02)
        nn.init.normal_(module.shift.weight, 0.0, 0.02)
