"""Initial weights of both players."""

from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.layers import init_normal


def init_dcgan(module: nn.Module) -> None:
    """Weights from N(0, 0.02), the gains of batch normalisation from N(1, 0.02), biases zero.

    Source: arXiv:1511.06434, sec. 4; the gains are those of the authors' code.
    """
    init_normal(module, 0.02)
    if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def require_kernel(kernel: int) -> None:
    """Check the size of the kernels.

    Raises:
        RecipeError: it is neither 4 nor 5.
    """
    if kernel not in (4, 5):
        raise RecipeError(f"kernel is {kernel!r}, and a dcgan network has kernels of 4 or of 5 pixels")
