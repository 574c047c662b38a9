"""The FastGAN generator."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ganzoo.interfaces import Generator, Size
from ganzoo.layers import (
    doublings,
    iterate_together,
    keeping,
    require_choice,
    require_positive,
    shorter,
    spectral_norm,
)

from .blocks import Excitation, Gated, Normalised

BLOCKS = ("alternating", "small", "large")
SHARES = (16.0, 8.0, 4.0, 2.0, 2.0, 1.0, 0.5, 0.25, 0.125)  # of the width, from the smallest map on
SPAN = 4  # doublings between a map and the one that it excites
EXCITING = 4  # maps, from the smallest on


class FastGANGenerator(Generator):
    """A base of 4 to 7 pixels that is doubled by copies of pixels, 3x3 convolutions and gated linear units.

    A map excites the channels of the one that is four doublings larger; of images with fewer, the base excites the last
    one. All convolutions are spectrally normalised. A small block has one convolution, a large one two, each with
    learned noise.

    Source: arXiv:2101.04775, sec. 3.1 and fig. 4; widths and blocks are those of the authors' code, and ``small`` and
        ``large`` blocks at every size those of arXiv:2111.01007's, where they are called FastGAN-lite and FastGAN.
    Departs: images pass tanh at all sizes, and a smaller image of each is not made; with labels, gains and shifts of
        the normalisations are the label's own.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent.
        width: channels of the map after five doublings, of which the base has 16 times as many; by default a
            quarter of the image's size, from 8 to the paper's 64.
        blocks: ``alternating`` large and small ones, as in the paper; or all ``small`` or all ``large``.
        sphere: latents are brought to the length sqrt(z_dim) first, as in arXiv:2111.01007.

    Attributes:
        width_of_maps: channels of each map, from the base on.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    mirror_symmetric = True

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        z_dim: int = 256,
        width: int | None = None,
        blocks: str = "alternating",
        sphere: bool = False,
    ) -> None:
        super().__init__()
        width = min(64, max(8, shorter(image_size) // 4)) if width is None else width
        require_positive(z_dim=z_dim, width=width)
        require_choice(BLOCKS, blocks=blocks)
        self.z_dim, self.sphere = z_dim, sphere
        base, times = doublings(image_size)
        shares = (SHARES + SHARES[-1:] * times)[: times + 1]
        widths = [max(1, round(share * width)) for share in shares]
        self.width_of_maps = widths
        self.start = spectral_norm(nn.ConvTranspose2d(z_dim, 2 * widths[0], base, bias=False))
        self.norm = Normalised(2 * widths[0], num_classes)
        self.stages = nn.ModuleList()
        for i, (wide, narrow) in enumerate(pairwise(widths)):
            large = blocks == "large" or (blocks == "alternating" and i % 2 == 0)
            size = (base[0] << (i + 1), base[1] << (i + 1)) if large else None
            stage = [Gated(wide, narrow, num_classes, size)]
            self.stages.append(nn.ModuleList([*stage, Gated(narrow, narrow, num_classes, size)] if large else stage))
        self.span = min(SPAN, times)
        pairs = [(i, i + self.span) for i in range(min(EXCITING, times + 1 - self.span))]
        self.excitations = nn.ModuleDict({str(to): Excitation(widths[i], widths[to]) for i, to in pairs})
        self.to_image = spectral_norm(keeping(widths[-1], channels, bias=False))
        iterate_together(self)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels or None -> ``(B, C, H, W)`` images in [-1, 1]."""
        if self.sphere:
            z = z * (z.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()
        maps = [nn.functional.glu(self.norm(self.start(z[:, :, None, None]), y), dim=1)]
        for i, stage in enumerate(self.stages, start=1):
            h = interpolate(maps[-1], scale_factor=2.0)
            for block in stage:  # type: ignore[attr-defined]
                h = block(h, y)
            if str(i) in self.excitations:
                h = self.excitations[str(i)](maps[i - self.span], h)
            maps.append(h)
        return torch.tanh(self.to_image(maps[-1]))
