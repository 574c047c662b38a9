"""The images that a discriminator's maps still hold."""

from __future__ import annotations

from itertools import pairwise
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from ganzoo.interfaces import Discriminator, Generator, Regularizer, Turn
from ganzoo.layers import frozen_extractor, keeping, output_shape, require_images, require_positive, spectral_norm

from .blocks import Gated

SHARES = (4, 2, 2, 1)  # of the width, after each doubling; the last of all further ones


class Decoder(nn.Module):
    """Doubles maps by copies of pixels, 3x3 convolutions and gated linear units, up to an image.

    Source: arXiv:2101.04775, sec. 3.2 and the authors' code: ``SimpleDecoder``.

    Args:
        channels: of the maps.
        times: how often they are doubled.
        width: channels of the last map, and up to four times as many of those before.
        made: channels of the image.
    """

    def __init__(self, channels: int, times: int, width: int, made: int) -> None:
        super().__init__()
        widths = [channels, *(share * width for share in (SHARES + SHARES[-1:] * times)[:times])]
        layers: list[nn.Module] = []
        for wide, narrow in pairwise(widths):
            layers += [nn.Upsample(scale_factor=2.0), Gated(wide, narrow)]
        self.net = nn.Sequential(*layers, spectral_norm(keeping(widths[-1], made, bias=False)), nn.Tanh())

    def forward(self, maps: Tensor) -> Tensor:
        """``(B, channels, h, w)`` -> images ``(B, made, h * 2 ** times, w * 2 ** times)`` in [-1, 1]."""
        image: Tensor = self.net(maps)
        return image


class Reconstruction(Regularizer):
    """The discriminator's maps of real images have to be enough to make these anew.

    Three decoders, which move with the discriminator, make the image at half its size of the last maps of either
    encoder, and a random quarter of it of that quarter of the maps before the last. Their errors are added.

    Source: arXiv:2101.04775, eq. 4, and the authors' code, which draws one quarter for a batch.
    Departs: the error is averaged over the batch, which that code adds up; it is the mean squared error of pixels
        unless an extractor is named, where the paper's is LPIPS of VGG-16, whose weights do not ship.

    Args:
        weight: of the error.
        width: channels of the decoders' last maps; the paper has 32.
        extractor: registered name of a network whose features are compared, with gradients, such as ``lpips-vgg16``,
            whose squared distance is LPIPS; None for pixels.

    Raises:
        RecipeError: the width is not above 0, nobody registers the extractor, or it has no gradients.
        SetupError: its weights are missing.
    """

    reads = frozenset({"maps", "part_maps", "small_maps", "seen"})
    samples = "mixed"  # one corner for the batch, by draws of its own

    def __init__(self, weight: float = 1.0, width: int = 32, extractor: str | None = None) -> None:
        super().__init__(weight)
        require_positive(width=width)
        self.width = width
        self.extractor = None if extractor is None else frozen_extractor(extractor)

    def prepare(self, G: Generator, D: Discriminator) -> None:
        """Make the decoders.

        Raises:
            RecipeError: samples are no images.
        """
        channels, height, _ = require_images(D, "regularizer 'reconstruction'")
        made = []
        for name in ("maps", "part_maps", "small_maps"):
            shape = output_shape(D, name)
            side = shape[1] // 2 if name == "part_maps" else shape[1]
            made.append(Decoder(shape[0], (height // 2 // side).bit_length() - 1, self.width, channels))
        self.whole, self.part, self.small = made

    def heads(self) -> tuple[nn.Module, ...]:
        """Return the decoders."""
        return self.whole, self.part, self.small

    def train(self, mode: bool = True) -> Self:
        """Leave the extractor in evaluation mode."""
        super().train(mode)
        if self.extractor is not None:
            self.extractor.eval()
        return self

    def d_penalty(self, turn: Turn) -> Tensor:
        """``E[e_whole + e_part + e_small]`` of the errors e of real images, a scalar of at least 0."""
        seen = turn.on_real
        image = seen["seen"].detach()
        corner = torch.randint(2, (2,), generator=turn.rng, device=image.device)
        half = avg_pool2d(image, 2)
        errors = [
            self._error(self.whole(seen["maps"]), half),
            self._error(self.small(seen["small_maps"]), half),
            self._error(self.part(quarter(seen["part_maps"], corner)), quarter(image, corner)),
        ]
        return torch.stack(errors).sum()

    def _error(self, made: Tensor, true: Tensor) -> Tensor:
        if self.extractor is None:
            return (made - true).square().mean()
        with torch.no_grad():
            features = self.extractor.embedded(true)
        return (self.extractor.embedded(made) - features).square().flatten(1).sum(1).mean()


def quarter(maps: Tensor, corner: Tensor) -> Tensor:
    """Cut a quarter out of maps.

    Args:
        maps: ``(B, C, H, W)``.
        corner: ``(2,)`` int64: 0 for the upper and 1 for the lower half, and likewise left and right.

    Returns:
        ``(B, C, H / 2, W / 2)``.
    """
    for axis in (2, 3):
        side = maps.shape[axis] // 2
        places = corner[axis - 2] * side + torch.arange(side, device=maps.device)
        maps = maps.index_select(axis, places)
    return maps
