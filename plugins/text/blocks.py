"""Blocks of both players of text."""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn.functional import relu

from ganzoo.errors import RecipeError
from ganzoo.layers import require_positive


class LineBlock(nn.Module):
    """Two convolutions along the line, each behind a rectifier, whose output is added, times 0.3, to what they read.

    Source: arXiv:1704.00028, app. (the language model); igul222/improved_wgan_training@1c6d436 gan_language.py.
    """

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(width, width, kernel, padding=kernel // 2)
        self.conv2 = nn.Conv1d(width, width, kernel, padding=kernel // 2)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, width, T)`` -> ``(B, width, T)``."""
        out: Tensor = x + 0.3 * self.conv2(relu(self.conv1(relu(x))))
        return out


def line_blocks(width: int, blocks: int, kernel: int) -> nn.Sequential:
    """Return the blocks of a player.

    Raises:
        RecipeError: a parameter is out of range, or ``kernel`` is even, and the line would change its length.
    """
    require_positive(width=width, blocks=blocks, kernel=kernel)
    if kernel % 2 == 0:
        raise RecipeError(f"kernel is {kernel}, and must be odd, so that lines keep their length")
    return nn.Sequential(*(LineBlock(width, kernel) for _ in range(blocks)))


def init_lines(module: nn.Module) -> None:
    """Draw initial weights uniformly: He's variance for convolutions, Glorot's for dense layers; biases are zero.

    A convolution's variance is 4 / (fan_in + fan_out).

    Source: igul222/improved_wgan_training@4fde7f3 tflib/ops/conv1d.py, linear.py.
    """
    if isinstance(module, nn.Conv1d):
        fans = (module.in_channels + module.out_channels) * module.kernel_size[0]
        bound = math.sqrt(3 * 4 / fans)
        nn.init.uniform_(module.weight, -bound, bound)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
    else:
        return
    if module.bias is not None:
        nn.init.zeros_(module.bias)
