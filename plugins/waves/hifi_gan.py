"""HiFi-GAN's generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import leaky_relu
from torch.nn.utils.parametrizations import weight_norm

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Generator
from ganzoo.layers import require_positive

SLOPE = 0.1
KERNELS, DILATIONS = (3, 7, 11), (1, 3, 5)


def rates_of(hop: int) -> list[int]:
    """Return by how much each layer lengthens: 8 as long as more than 8 is left, then 2; 8, 8, 2, 2 of 256."""
    rates: list[int] = []
    while hop > 8 and hop % 8 == 0:
        rates.append(8)
        hop //= 8
    while hop > 1 and hop % 2 == 0:
        rates.append(2)
        hop //= 2
    return rates if hop == 1 else [*rates, hop]


def convolution(given: int, made: int, kernel: int, dilation: int = 1) -> nn.Module:
    """Return a convolution that keeps the length, its weight normalised."""
    made_of: nn.Module = weight_norm(nn.Conv1d(given, made, kernel, 1, (kernel - 1) * dilation // 2, dilation))
    return made_of


class Residual(nn.Module):
    """Pairs of convolutions, of which the first is dilated, each pair added to what it is given.

    Args:
        channels: in and out.
        kernel: samples of all convolutions.
        dilations: of the first of each pair.
    """

    def __init__(self, channels: int, kernel: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.dilated = nn.ModuleList(convolution(channels, channels, kernel, d) for d in dilations)
        self.plain = nn.ModuleList(convolution(channels, channels, kernel) for _ in dilations)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, T)`` -> the same shape."""
        for dilated, plain in zip(self.dilated, self.plain, strict=True):
            x = x + plain(leaky_relu(dilated(leaky_relu(x, SLOPE)), SLOPE))
        return x


class Several(nn.Module):
    """The mean of residual blocks, each with a kernel of its own, of the same input.

    Args:
        channels: in and out.
        kernels: of the blocks.
        dilations: see ``Residual``.
    """

    def __init__(self, channels: int, kernels: Sequence[int], dilations: Sequence[int]) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Residual(channels, kernel, dilations) for kernel in kernels)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, T)`` -> the same shape."""
        first, *others = (block(x) for block in self.blocks)
        total: Tensor = sum(others, start=first)
        return total / len(self.blocks)


class HiFiGANGenerator(Generator):
    """A wave from its mel spectrogram, lengthened by transposed convolutions with residual blocks of several kernels.

    The blocks behind each of them see the same, and their mean goes on. There is no latent: a wave is a function of
    its spectrogram.

    Source: arXiv:2010.05646, sec. 2.2 and table 5: V1 with ``width: 512``, V2 with 128.
    Departs: a hop other than 256 is lengthened by 8 and 2 as long as they go.

    Args:
        channels: of the waves.
        bands: of the spectrogram.
        hop: samples from frame to frame of the spectrogram.
        width: channels of the first layer, which halve with each transposed convolution, to 1 at the least.
        kernels: of the residual blocks, all odd.
        dilations: of each block's pairs of convolutions.

    Raises:
        RecipeError: a parameter is out of range, or the recipe shows no conditions.
    """

    z_dim = 0

    def __init__(
        self,
        *,
        channels: int,
        bands: int,
        hop: int,
        width: int = 512,
        kernels: Sequence[int] = KERNELS,
        dilations: Sequence[int] = DILATIONS,
    ) -> None:
        super().__init__()
        for name, numbers in (("width", [width]), ("kernels", kernels), ("dilations", dilations)):
            for number in numbers:
                require_positive(**{name: number})
        if not bands:
            raise RecipeError("generator 'hifi-gan' makes waves of spectrograms, and is shown none: conditional: true")
        if not kernels or any(kernel % 2 == 0 for kernel in kernels):
            raise RecipeError(f"kernels is {list(kernels)}, and must be odd numbers, at least one")
        self.first = convolution(bands, width, 7)
        self.longer, self.blocks = nn.ModuleList(), nn.ModuleList()
        for rate in rates_of(hop):
            narrow, odd = max(1, width // 2), rate % 2
            up = nn.ConvTranspose1d(width, narrow, 2 * rate, rate, padding=rate // 2 + odd, output_padding=odd)
            width = narrow
            self.longer.append(weight_norm(up))
            self.blocks.append(Several(width, kernels, dilations))
        self.last = convolution(width, channels, 7)

    def forward(self, z: Tensor, y: Any = None) -> Tensor:
        """Spectrograms ``(B, bands, frames)`` -> ``(B, C, frames x hop)`` waves in [-1, 1]; ``z`` is empty."""
        x: Tensor = self.first(y)
        for longer, blocks in zip(self.longer, self.blocks, strict=True):
            x = blocks(longer(leaky_relu(x, SLOPE)))
        wave: Tensor = self.last(leaky_relu(x, 0.01)).tanh()
        return wave
