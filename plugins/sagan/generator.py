"""The generator with self-attention."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from ganzoo.interfaces import Generator, Size
from ganzoo.layers import (
    ConditionalBatchNorm2d,
    SelfAttention2d,
    UpBlock,
    attended_map,
    doublings,
    keeping,
    require_positive,
)

from .layout import ATTENDED, default_width, init_glorot


class SAGANGenerator(Generator):
    """A projected latent, doubled in size by residual blocks that narrow towards the image, with self-attention.

    At 128x128 with the default width the channels are 1024, 1024-512-256-128-64, and the 32x32 map attends to
    itself, as in the paper. Labels give the batch normalisations of the blocks their gains and shifts. The
    ``spectral-norm`` regularizer with ``generator: true`` normalises the network; the network itself does not.

    Source: arXiv:1805.08318, sec. 3 and 4, with the layout and initial weights of the authors' code.
    Departs: one block per doubling for other sizes; the paper always has labels.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent.
        width: channels of the last block, doubled with each block before it but the first; by default the paper's
            64, below 32x32 in proportion, and 32 at the least.
        attention: shorter side of the map that attends to itself, or 0; by default the paper's 32 or, in a smaller
            network, half the image.

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
        attention: int | None = None,
    ) -> None:
        super().__init__()
        width = default_width(image_size) if width is None else width
        require_positive(z_dim=z_dim, width=width)
        self.z_dim, self.by_class = z_dim, bool(num_classes)
        base, times = doublings(image_size)
        widths = [width << i for i in reversed(range(times))]
        maps = [min(base) << i for i in range(times)]
        place = attended_map(attention, maps, ATTENDED)
        norm = partial(ConditionalBatchNorm2d, classes=num_classes) if num_classes else nn.BatchNorm2d
        self.base = nn.Sequential(nn.Linear(z_dim, widths[0] * math.prod(base)), nn.Unflatten(1, (widths[0], *base)))
        incoming = [widths[0], *widths]
        self.blocks = nn.ModuleList(UpBlock(wide, narrow, norm) for wide, narrow in pairwise(incoming))
        self.attended = maps.index(place) if place else None
        self.attention = SelfAttention2d(incoming[self.attended]) if self.attended is not None else None
        self.norm = nn.BatchNorm2d(width)
        self.last = keeping(width, channels)
        self.apply(init_glorot)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels or None -> ``(B, C, H, W)`` images in [-1, 1]."""
        condition = (y,) if self.by_class and y is not None else ()
        h = self.base(z)
        for i, block in enumerate(self.blocks):
            if self.attention is not None and i == self.attended:
                h = self.attention(h)
            h = block(h, *condition)
        return torch.tanh(self.last(relu(self.norm(h))))
