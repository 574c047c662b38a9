"""How the weights start."""

from __future__ import annotations

from torch import nn

from ganzoo.layers import init_normal


def init_dcgan(module: nn.Module) -> None:
    """Weights from N(0, 0.02), the gains of batch normalisation from N(1, 0.02), biases zero.

    Source: arXiv:1511.06434, sec. 4; the gains are those of its authors' code.
    """
    init_normal(module, 0.02)
    if isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
