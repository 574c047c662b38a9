"""A residual network that makes a picture of a picture."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from ganzoo.layers import init_normal, norm_layer


def reflected(x: Tensor, n: int) -> Tensor:
    """Widen ``(B, C, H, W)`` by ``n`` pixels on each side that mirror those within; the edge itself is not repeated."""
    for dim in (2, 3):
        near, far = x.narrow(dim, 1, n).flip(dim), x.narrow(dim, x.shape[dim] - 1 - n, n).flip(dim)
        x = torch.cat([near, x, far], dim=dim)
    return x


class Reflected(nn.Conv2d):
    """A convolution that keeps the size, at the edges of pixels mirrored there.

    Args:
        channels: in.
        made: channels out.
        kernel: pixels of a side, an odd number.
        bias: it has one.
    """

    def __init__(self, channels: int, made: int, kernel: int, *, bias: bool) -> None:
        super().__init__(channels, made, kernel, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` -> ``(B, D, H, W)``."""
        return super().forward(reflected(x, self.kernel_size[0] // 2))


class Block(nn.Module):
    """Two 3x3 convolutions with norms, and what came in beside them.

    Args:
        width: channels.
        norm: ``batch``, ``instance`` or ``none``.
    """

    def __init__(self, width: int, norm: str) -> None:
        super().__init__()
        bias = norm != "batch"
        self.body = nn.Sequential(
            Reflected(width, width, 3, bias=bias),
            norm_layer(norm, width),
            nn.ReLU(),
            Reflected(width, width, 3, bias=bias),
            norm_layer(norm, width),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` -> the same shape."""
        out: Tensor = x + self.body(x)
        return out


class Translator(nn.Module):
    """A 7x7 convolution, halvings, residual blocks, doublings, and a 7x7 convolution with tanh.

    Source: arXiv:1703.10593, sec. 7.2: c7s1-64, d128, d256, R256 nine times (six at 128 pixels), u128, u64, c7s1-3.

    Args:
        channels: of the pictures, in and out.
        width: channels of the first layer; each halving doubles them.
        halvings: how many there are.
        blocks: how many residual blocks there are.
        norm: ``batch``, ``instance`` or ``none``.
    """

    def __init__(self, channels: int, *, width: int, halvings: int, blocks: int, norm: str) -> None:
        super().__init__()
        bias = norm != "batch"

        def normed(layer: nn.Module, made: int) -> nn.Sequential:
            return nn.Sequential(layer, norm_layer(norm, made), nn.ReLU())

        widths = [width * 2**k for k in range(halvings + 1)]
        self.first = normed(Reflected(channels, width, 7, bias=bias), width)
        self.down = nn.ModuleList(normed(nn.Conv2d(a, b, 3, 2, 1, bias=bias), b) for a, b in pairwise(widths))
        self.body = nn.Sequential(*(Block(widths[-1], norm) for _ in range(blocks)))
        up = [(b, a) for a, b in pairwise(widths)][::-1]
        self.up = nn.ModuleList(nn.ConvTranspose2d(a, b, 3, 2, 1, bias=bias) for a, b in up)
        self.norms = nn.ModuleList(nn.Sequential(norm_layer(norm, b), nn.ReLU()) for _, b in up)
        self.last = Reflected(width, channels, 7, bias=True)
        self.apply(lambda module: init_normal(module, 0.02))

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` in [-1, 1] -> the same."""
        sizes = []
        x = self.first(x)
        for layer in self.down:
            sizes.append([*x.shape[2:]])
            x = layer(x)
        x = self.body(x)
        for layer, norm in zip(self.up, self.norms, strict=True):
            x = norm(layer(x, output_size=sizes.pop()))
        return torch.tanh(self.last(x))
