"""The bottleneck blocks of BigGAN-deep."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, relu

from ganzoo.layers import keeping


def _hidden(channels: int) -> int:
    """Give a quarter, and 1 at the least."""
    return max(1, channels // 4)


class UpBottleneck(nn.Module):
    """1x1, 3x3, 3x3 and 1x1 convolutions, each behind norm and ReLU; the skip drops the channels that are too many.

    With ``grow`` both ways double the map by its nearest pixels, the one before its first 3x3 convolution.

    Source: arXiv:1809.11096, app. B and fig. 16b.

    Args:
        wide: channels that come in; a quarter are hidden.
        narrow: channels that go out, no more.
        norm: makes the normalisation of so many channels; it is given the map and the condition.
        grow: double height and width.
    """

    def __init__(self, wide: int, narrow: int, norm: Callable[[int], nn.Module], *, grow: bool) -> None:
        super().__init__()
        self.narrow, self.grow = narrow, grow
        hidden = _hidden(wide)
        self.norm1, self.conv1 = norm(wide), nn.Conv2d(wide, hidden, 1)
        self.norm2, self.conv2 = norm(hidden), keeping(hidden, hidden)
        self.norm3, self.conv3 = norm(hidden), keeping(hidden, hidden)
        self.norm4, self.conv4 = norm(hidden), nn.Conv2d(hidden, narrow, 1)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """``(B, wide, H, W)``, ``(B, features)`` -> ``(B, narrow, H, W)``, or ``(B, narrow, 2H, 2W)``."""
        h = relu(self.norm2(self.conv1(relu(self.norm1(x, condition))), condition))
        x = x[:, : self.narrow]
        if self.grow:
            h, x = (interpolate(way, scale_factor=2, mode="nearest") for way in (h, x))
        h = relu(self.norm3(self.conv2(h), condition))
        h = relu(self.norm4(self.conv3(h), condition))
        out: Tensor = self.conv4(h) + x
        return out


class DownBottleneck(nn.Module):
    """1x1, 3x3, 3x3 and 1x1 convolutions behind ReLU; the skip has its missing channels from a 1x1 convolution.

    With ``halve`` both ways take means over 2x2 pixels, the one before its last convolution.

    Source: arXiv:1809.11096, app. B and fig. 16c.

    Args:
        narrow: channels that come in.
        wide: channels that go out, no fewer; a quarter are hidden.
        halve: halve height and width.
    """

    def __init__(self, narrow: int, wide: int, *, halve: bool) -> None:
        super().__init__()
        self.halve = halve
        hidden = _hidden(wide)
        self.conv1, self.conv2 = nn.Conv2d(narrow, hidden, 1), keeping(hidden, hidden)
        self.conv3, self.conv4 = keeping(hidden, hidden), nn.Conv2d(hidden, wide, 1)
        self.missing = nn.Conv2d(narrow, wide - narrow, 1) if wide > narrow else None

    def forward(self, x: Tensor) -> Tensor:
        """``(B, narrow, H, W)`` -> ``(B, wide, H, W)``, or ``(B, wide, H/2, W/2)``."""
        h = relu(self.conv3(relu(self.conv2(relu(self.conv1(relu(x)))))))
        if self.halve:
            h, x = avg_pool2d(h, 2), avg_pool2d(x, 2)
        out: Tensor = self.conv4(h) + (x if self.missing is None else torch.cat([x, self.missing(x)], dim=1))
        return out
