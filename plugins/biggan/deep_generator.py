"""The BigGAN-deep generator."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from ganzoo.interfaces import Generator, Size
from ganzoo.layers import ConditionalBatchNorm2d, SelfAttention2d, doublings, keeping, require_positive

from .bottleneck import UpBottleneck
from .layout import attention_place, default_width, init_orthogonal, pyramid


class BigGANDeepGenerator(Generator):
    """Bottleneck blocks in pairs, all conditioned on the class and the whole latent.

    The latent and the label's vector are joined; dense layer and blocks all read them. Of a pair, the first block
    keeps the size and the second doubles it. One map attends to itself. The ``spectral-norm`` regularizer with
    ``generator: true`` normalises the network.

    Source: arXiv:1809.11096, app. B and fig. 16; at 32x32 the layout is that of the authors' code for CIFAR-10.
    Departs: a pair of blocks per doubling for other sizes; without labels, blocks are conditioned on the latent
        alone.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one to seven times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent.
        width: the paper's ch, of which blocks have 16 to 1 times as many channels, and 4 times in images of less than
            64 pixels; by default the paper's 128 from 64x64 on, 64 at 32x32, by the number of pixels below that,
            and 16 at the least.
        embed_dim: length of a label's vector.
        attention: shorter side of the map that attends to itself, or 0; by default the paper's 64, or 32 in images of
            64 pixels, and none in smaller ones.

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
        z_dim: int = 128,
        width: int | None = None,
        embed_dim: int = 128,
        attention: int | None = None,
    ) -> None:
        super().__init__()
        width = default_width(image_size, 128, 16) if width is None else width
        require_positive(z_dim=z_dim, width=width, embed_dim=embed_dim)
        self.z_dim = z_dim
        base, times = doublings(image_size)
        widths = pyramid(width, times)
        maps = [min(base) << i for i in range(times)]
        place = attention_place(attention, maps, image_size)
        self.embed = nn.Embedding(num_classes, embed_dim) if num_classes else None
        given = z_dim + embed_dim if num_classes else z_dim
        self.base = nn.Sequential(nn.Linear(given, widths[0] * math.prod(base)), nn.Unflatten(1, (widths[0], *base)))
        norm = partial(ConditionalBatchNorm2d, features=given)
        blocks: list[nn.Module] = []
        for wide, narrow in pairwise(widths):
            blocks += [UpBottleneck(wide, wide, norm, grow=False), UpBottleneck(wide, narrow, norm, grow=True)]
        self.blocks = nn.ModuleList(blocks)
        self.attended = 2 * maps.index(place) if place else None
        self.attention = SelfAttention2d(widths[maps.index(place)]) if place else None
        self.norm = nn.BatchNorm2d(widths[-1])
        self.last = keeping(widths[-1], channels)
        self.apply(init_orthogonal)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels or None -> ``(B, C, H, W)`` images in [-1, 1]."""
        given = z if self.embed is None else torch.cat([z, self.embed(y)], dim=1)
        h = self.base(given)
        for i, block in enumerate(self.blocks):
            if self.attention is not None and i == self.attended:
                h = self.attention(h)
            h = block(h, given)
        return torch.tanh(self.last(relu(self.norm(h))))
