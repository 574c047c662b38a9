"""The generator of SRGAN."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Generator, Size
from ganzoo.layers import require_positive

from .unet import require_given


def doublings_of(factor: int) -> int:
    """Count how often 2 is in a factor of enlargement.

    Raises:
        RecipeError: it is no power of 2 above 1.
    """
    if factor < 2 or factor & (factor - 1):
        raise RecipeError(f"pictures are enlarged by powers of 2, and these by {factor}: take --modality low-size")
    return factor.bit_length() - 1


class Residual(nn.Module):
    """Two 3x3 convolutions with batch normalisation, and what came in beside them.

    Args:
        width: channels.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1),
            nn.BatchNorm2d(width),
            nn.PReLU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.BatchNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` -> the same shape."""
        out: Tensor = x + self.body(x)
        return out


class SRResNet(Generator):
    """Residual blocks at the small size, then layers that turn channels into pixels, each of which doubles the size.

    A doubling is a 3x3 convolution to four times the channels, whose maps are laid side by side as the pixels of a
    map (pixel shuffle), and a PReLU. There is no latent.

    Source: arXiv:1609.04802, sec. 2.1 and fig. 4.
    Departs: a tanh keeps the output in [-1, 1].

    Args:
        image_size: height and width of the wanted picture.
        channels: of the wanted picture.
        given_channels: of the given picture.
        factor: by which the given picture is enlarged, a power of 2.
        width: channels of all layers.
        blocks: residual blocks.

    Raises:
        RecipeError: nothing is given, the factor is no power of 2, or a parameter is out of range.
    """

    z_dim = 0

    def __init__(
        self, *, image_size: Size, channels: int, given_channels: int, factor: int, width: int = 64, blocks: int = 16
    ) -> None:
        super().__init__()
        require_given("srresnet", given_channels)
        require_positive(width=width, blocks=blocks)
        self.first = nn.Sequential(nn.Conv2d(given_channels, width, 9, padding=4), nn.PReLU())
        layers: list[nn.Module] = [Residual(width) for _ in range(blocks)]
        self.body = nn.Sequential(*layers, nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width))
        up: list[nn.Module] = []
        for _ in range(doublings_of(factor)):
            up += [nn.Conv2d(width, 4 * width, 3, padding=1), nn.PixelShuffle(2), nn.PReLU()]
        self.last = nn.Sequential(*up, nn.Conv2d(width, channels, 9, padding=4))

    def forward(self, z: Tensor, y: Any = None) -> Tensor:
        """``(B, 0)`` latents, ``(B, G, H / factor, W / factor)`` pictures in [-1, 1] -> ``(B, C, H, W)``, likewise."""
        seen = self.first(y)
        return torch.tanh(self.last(seen + self.body(seen)))
