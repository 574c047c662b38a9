"""The residual blocks of the networks from SNGAN to BigGAN."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, relu

from .pyramid import keeping


class UpBlock(nn.Module):
    """Doubles a map: two 3x3 convolutions behind norm and ReLU, the first on the doubled map, and a 1x1 shortcut.

    The shortcut convolves before it doubles: the same numbers as the papers' order, with a quarter of the work.

    Source: arXiv:1802.05957, app. B.4, with the block of arXiv:1704.00028; arXiv:1809.11096, fig. 15b.

    Args:
        wide: channels that come in.
        narrow: channels that go out, and of the hidden layer.
        norm: makes the normalisation of so many channels; it is given the map and the condition.
    """

    def __init__(self, wide: int, narrow: int, norm: Callable[[int], nn.Module]) -> None:
        super().__init__()
        self.norm1, self.conv1 = norm(wide), keeping(wide, narrow)
        self.norm2, self.conv2 = norm(narrow), keeping(narrow, narrow)
        self.shortcut = nn.Conv2d(wide, narrow, 1)

    def forward(self, x: Tensor, *condition: Tensor) -> Tensor:
        """``(B, wide, H, W)``, and what the norms are conditioned on, if anything -> ``(B, narrow, 2H, 2W)``."""
        h = self.conv1(interpolate(relu(self.norm1(x, *condition)), scale_factor=2, mode="nearest"))
        h = self.conv2(relu(self.norm2(h, *condition)))
        doubled: Tensor = h + interpolate(self.shortcut(x), scale_factor=2, mode="nearest")
        return doubled


class DownBlock(nn.Module):
    """Two 3x3 convolutions behind ReLU, and a shortcut; with ``halve``, both ways end in a mean over 2x2 pixels.

    The halving shortcut has a 1x1 convolution and pools before it: the same numbers as the papers' order, with a
    quarter of the work. The shortcut of a block that keeps size and channels is the identity.

    Source: arXiv:1802.05957, app. B.4; arXiv:1809.11096, fig. 15c.

    Args:
        narrow: channels that come in.
        wide: channels that go out, and of the hidden layer.
        halve: halve height and width.
        first: it reads the image, which no ReLU may cut.
    """

    def __init__(self, narrow: int, wide: int, *, halve: bool, first: bool = False) -> None:
        super().__init__()
        self.halve, self.first = halve, first
        self.conv1, self.conv2 = keeping(narrow, wide), keeping(wide, wide)
        self.shortcut = nn.Conv2d(narrow, wide, 1) if halve or narrow != wide else None

    def forward(self, x: Tensor) -> Tensor:
        """``(B, narrow, H, W)`` -> ``(B, wide, H, W)``, or ``(B, wide, H/2, W/2)``."""
        h: Tensor = self.conv2(relu(self.conv1(x if self.first else relu(x))))
        if self.halve:
            h, x = avg_pool2d(h, 2), avg_pool2d(x, 2)
        return h + (x if self.shortcut is None else self.shortcut(x))
