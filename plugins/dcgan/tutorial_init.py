"""Initial weights of both players."""

from torch import nn


def init_glorot(module: nn.Module) -> None:
    """Glorot's uniform initialisation and zero biases, the default of the tutorial's library."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
