"""The FastGAN discriminator."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import (
    LabelledImage,
    doublings,
    halving,
    iterate_together,
    keeping,
    require_choice,
    require_positive,
    shorter,
    spectral_norm,
)

from .blocks import Excitation

SLOPE = 0.2
SPAN = 3  # halvings between a map and the one that it excites
EXCITING = 3  # maps, from the largest on
CONDITIONED = ("concat", "none")


def halved(channels: int, made: int) -> nn.Sequential:
    """Make a strided 4x4 convolution with batch normalisation and leaky ReLU."""
    convolution = spectral_norm(halving(channels, made, 4, bias=False))
    return nn.Sequential(convolution, nn.BatchNorm2d(made), nn.LeakyReLU(SLOPE))


class HalvedTwice(nn.Module):
    """The mean of two ways to half the size: two convolutions, and one of 1x1 pixels behind the mean of neighbours.

    Source: arXiv:2101.04775, fig. 4 and the authors' code.

    Args:
        channels: that it takes.
        made: channels that it gives.
    """

    def __init__(self, channels: int, made: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            *halved(channels, made),
            spectral_norm(keeping(made, made, bias=False)),
            nn.BatchNorm2d(made),
            nn.LeakyReLU(SLOPE),
        )
        self.direct = nn.Sequential(
            nn.AvgPool2d(2),
            spectral_norm(nn.Conv2d(channels, made, 1, bias=False)),
            nn.BatchNorm2d(made),
            nn.LeakyReLU(SLOPE),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(B, channels, H, W)`` -> ``(B, made, H / 2, W / 2)``."""
        out: Tensor = (self.main(x) + self.direct(x)) / 2
        return out


class FastGANDiscriminator(Discriminator):
    """An encoder of the image and a narrower one of the image at half its size, each with verdicts on patches.

    A map excites the channels of the one that is three halvings smaller; of images with fewer, the first excites the
    last. All convolutions are spectrally normalised. The term ``reconstruction`` decodes the maps that it gives.

    Source: arXiv:2101.04775, sec. 3.2; widths are those of the authors' code at 256 pixels, where encoders end in 8x8
        pixels.
    Departs: the small image is the mean of neighbouring pixels, of fakes too, of which the paper's generator makes one
        of its own; images of fewer than 64 pixels end in 4 to 7 pixels; with labels, a learned plane of the label
        joins the image.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: an eighth of the channels of the last map; by default a quarter of the image's size, from 8 to the
            paper's 64.
        conditioning: how a label counts: ``concat``, its plane joins the image; ``none``, it does not.

    Attributes:
        outputs: ``logits`` ``(B, P)``; ``large`` and ``small``, those of either encoder, each ``(B, P')``; ``maps`` and
            ``small_maps``, the last of either, ``part_maps``, the one before the last, and ``seen``, the image.
        heads: ``large`` and ``small``, of which each counts half.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    outputs = frozenset({"logits", "large", "small", "maps", "part_maps", "small_maps", "seen"})
    heads = ("large", "small")
    mirror_symmetric = True

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        width: int | None = None,
        conditioning: str = "concat",
    ) -> None:
        super().__init__()
        width = min(64, max(8, shorter(image_size) // 4)) if width is None else width
        require_positive(width=width)
        require_choice(CONDITIONED, conditioning=conditioning)
        _, times = doublings(image_size)
        n = times - 1 if times > 3 else times
        seen = bool(num_classes) and conditioning == "concat"
        self.label = LabelledImage(num_classes, image_size) if seen else None
        widths = [max(1, 8 * width >> (n - i)) for i in range(n + 1)]
        planes = channels + seen
        self.start = nn.Sequential(spectral_norm(keeping(planes, widths[0], bias=False)), nn.LeakyReLU(SLOPE))
        self.stages = nn.ModuleList(HalvedTwice(large, small) for large, small in pairwise(widths))
        self.span = min(SPAN, n)
        pairs = [(i, i + self.span) for i in range(min(EXCITING, n + 1 - self.span))]
        self.excitations = nn.ModuleDict({str(to): Excitation(widths[i], widths[to]) for i, to in pairs})
        self.large = nn.Sequential(
            spectral_norm(nn.Conv2d(widths[-1], 2 * widths[-1], 1, bias=False)),
            nn.BatchNorm2d(2 * widths[-1]),
            nn.LeakyReLU(SLOPE),
            spectral_norm(nn.Conv2d(2 * widths[-1], 1, 4, bias=False)),
        )
        narrow = [max(1, 4 * width >> (n - 1 - i)) for i in range(1, n)] or [4 * width]
        first = halving(planes, narrow[0], 4, bias=False) if n > 1 else keeping(planes, narrow[0], bias=False)
        self.encoder = nn.Sequential(
            spectral_norm(first), nn.LeakyReLU(SLOPE), *(halved(large, small) for large, small in pairwise(narrow))
        )
        self.small = spectral_norm(nn.Conv2d(narrow[-1], 1, 4, bias=False))
        iterate_together(self)

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> verdicts, maps and the image."""
        planes = x if self.label is None else self.label(x, y)
        maps = [self.start(planes)]
        for i, stage in enumerate(self.stages, start=1):
            h = stage(maps[-1])
            maps.append(self.excitations[str(i)](maps[i - self.span], h) if str(i) in self.excitations else h)
        small_maps = self.encoder(avg_pool2d(planes, 2))
        large, small = self.large(maps[-1]).flatten(1), self.small(small_maps).flatten(1)
        return {
            "logits": torch.cat([large, small], dim=1),
            "large": large,
            "small": small,
            "maps": maps[-1],
            "part_maps": maps[-2],
            "small_maps": small_maps,
            "seen": x,
        }
