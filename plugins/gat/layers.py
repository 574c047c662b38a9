"""Layers of both players."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, silu

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Size
from ganzoo.layers import require_positive, sides

from .positions import Rotation

EPS = 1e-6
SLOWER = 0.01  # the pace of layers that make styles and vectors of labels
HEAD = 64  # features of a head, if the recipe does not say how many there are


def patches_of(image_size: Size, patch: int) -> tuple[int, int]:
    """Give the rows and columns of patches.

    Raises:
        RecipeError: the patches do not fill the image, or are none.
    """
    require_positive(patch=patch)
    high, wide = sides(image_size)
    if high % patch or wide % patch:
        raise RecipeError(
            f"patches of {patch} pixels do not fill {high}x{wide} images: give a patch that divides both sides"
        )
    return high // patch, wide // patch


def heads_of(width: int, heads: int | None) -> int:
    """Give the number of attention heads; by default as many as have 64 features each, and at least one.

    Raises:
        RecipeError: the heads do not share the width in multiples of 4.
    """
    require_positive(width=width)
    if heads is not None:
        require_positive(heads=heads)
    count = max(1, width // HEAD) if heads is None else heads
    if width % (4 * count):
        raise RecipeError(
            f"width is {width} and heads {count}: a head has {width / count:g} features, and needs a multiple of 4, "
            "two for the row of a patch and two for its column"
        )
    return count


class RootMeanSquare(nn.RMSNorm):
    """Tokens, each brought to a mean square of 1, times learned factors: in the precision of these factors.

    Source: arXiv:1910.07467, eq. 4.
    """

    def forward(self, x: Tensor) -> Tensor:
        """``(..., width)`` -> the same shape."""
        return super().forward(x.to(self.weight.dtype))


class Attention(nn.Module):
    """Self-attention whose queries and keys are normalised, then rotated by their places.

    It is written out, since the fused kernels cannot be differentiated twice, as ``r1`` asks.

    Source: arXiv:1706.03762, sec. 3.2; queries and keys as in the authors' code for arXiv:2509.24935.

    Args:
        width: of a token.
        heads: that divide it.
        grid: rows and columns of patches.
    """

    def __init__(self, width: int, heads: int, grid: tuple[int, int]) -> None:
        super().__init__()
        self.heads = heads
        self.asked = nn.Linear(width, 3 * width)
        self.query, self.key = RootMeanSquare(width // heads), RootMeanSquare(width // heads)
        self.placed = Rotation(grid, width // heads)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, tokens, width)`` -> the same shape."""
        query, key, value = self.asked(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        query, key = self.placed(self.query(query)), self.placed(self.key(key))
        share = torch.softmax(query @ key.transpose(2, 3) * query.shape[3] ** -0.5, dim=3)
        out: Tensor = self.out((share @ value).transpose(1, 2).flatten(2))
        return out


class GatedPerceptron(nn.Module):
    """A dense layer, gated by the SiLU of another, and a third one back: 8/3 as many features inside.

    Source: arXiv:2002.05202, eq. 5 (SwiGLU), with biases.

    Args:
        width: of a token.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Linear(width, 2 * (8 * width // 3))
        self.out = nn.Linear(8 * width // 3, width)

    def forward(self, x: Tensor) -> Tensor:
        """``(..., width)`` -> the same shape."""
        gate, value = self.inner(x).chunk(2, dim=-1)
        out: Tensor = self.out(silu(gate) * value)
        return out


class SlowLinear(nn.Module):
    """A dense layer whose weights are kept 100 times as large as they count, so that Adam moves it 1/100 as fast.

    Source: arXiv:1812.04948, app. C; the start is Glorot's uniform, as in the authors' code for arXiv:2509.24935.

    Args:
        features: that it takes.
        made: that it gives.
    """

    def __init__(self, features: int, made: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(made, features)), nn.Parameter(torch.zeros(made))
        nn.init.xavier_uniform_(self.weight, gain=1 / SLOWER)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, features)`` -> ``(B, made)``."""
        return linear(x, self.weight * SLOWER, self.bias * SLOWER)


def slow_layers(features: int, made: int) -> nn.Sequential:
    """Make two slow dense layers with SiLU between them."""
    return nn.Sequential(SlowLinear(features, made), nn.SiLU(), SlowLinear(made, made))


def start(network: nn.Module) -> None:
    """Draw all dense layers by Glorot's uniform, with biases of 0, and vectors of labels from N(0, 0.02)."""
    for module in network.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
