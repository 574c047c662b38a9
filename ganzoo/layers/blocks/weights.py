"""Initialisation of weights."""

from __future__ import annotations

from torch import nn


def init_normal(module: nn.Module, std: float) -> None:
    """Draw the weights of a convolution or a dense layer from N(0, std) and zero its biases; leave others alone."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, 0.0, std)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
