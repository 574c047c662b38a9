"""The BigGAN generator."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Generator
from ganzoo.layers import (
    ConditionalBatchNorm2d,
    SelfAttention2d,
    UpBlock,
    attended_map,
    halvings,
    keeping,
    require_positive,
)

from .layout import ATTENDED, default_width, init_orthogonal, pyramid


class BigGANGenerator(Generator):
    """Residual blocks, each conditioned on the class and on its own part of the latent.

    The latent is cut into one part for the dense layer and one for each block. A block's part and the label's
    vector, which all blocks share, are projected to the gains and shifts of its batch normalisations. One map
    attends to itself. The ``spectral-norm`` regularizer with ``generator: true`` normalises the network.

    Source: arXiv:1809.11096, sec. 3, app. B and fig. 15; at 32x32 the layout is that of the authors' code for
        CIFAR-10.
    Departs: the dense layer reads its part of the latent alone, as in the authors' code and published weights, where
        table 4 has the class embedding beside it; one block per doubling for other sizes; without labels, blocks
        are conditioned on their parts of the latent alone.

    Args:
        image_size: height and width of the images: 4 to 7 doubled one to seven times.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent; where it does not divide into parts, the first are longer by 1.
        width: the paper's ch, of which blocks have 16 to 1 times as many channels, and 4 times in images of less than
            64 pixels; by default the paper's 96 from 64x64 on, 64 at 32x32, by the number of pixels below that,
            and 8 at the least.
        embed_dim: length of a label's vector.
        attention: height of the map that attends to itself, 0 for none; by default the paper's 64 or, in a smaller
            network, half the image.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    def __init__(
        self,
        *,
        image_size: int,
        channels: int,
        num_classes: int,
        z_dim: int = 128,
        width: int | None = None,
        embed_dim: int = 128,
        attention: int | None = None,
    ) -> None:
        super().__init__()
        width = default_width(image_size, 96, 8) if width is None else width
        require_positive(z_dim=z_dim, width=width, embed_dim=embed_dim)
        base, times = halvings(image_size)
        if z_dim < times + 1:
            raise RecipeError(f"z_dim is {z_dim}, and must be at least {times + 1}: a part for each block and one more")
        self.z_dim = z_dim
        self.parts = [len(part) for part in torch.tensor_split(torch.empty(z_dim), times + 1)]
        widths = pyramid(width, times)
        maps = [base << i for i in range(times)]
        place = attended_map(attention, maps, ATTENDED)
        self.embed = nn.Embedding(num_classes, embed_dim) if num_classes else None
        self.base = nn.Sequential(
            nn.Linear(self.parts[0], widths[0] * base * base), nn.Unflatten(1, (widths[0], base, base))
        )
        shared = embed_dim if num_classes else 0
        self.blocks = nn.ModuleList(
            UpBlock(wide, narrow, partial(ConditionalBatchNorm2d, features=shared + part))
            for (wide, narrow), part in zip(pairwise(widths), self.parts[1:], strict=True)
        )
        self.attended = maps.index(place) if place else None
        self.attention = SelfAttention2d(widths[self.attended]) if self.attended is not None else None
        self.norm = nn.BatchNorm2d(widths[-1])
        self.last = keeping(widths[-1], channels)
        self.apply(init_orthogonal)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels or None -> ``(B, C, H, W)`` images in [-1, 1]."""
        first, *parts = z.split(self.parts, dim=1)
        shared = [] if self.embed is None else [self.embed(y)]
        h = self.base(first)
        for i, (block, part) in enumerate(zip(self.blocks, parts, strict=True)):
            if self.attention is not None and i == self.attended:
                h = self.attention(h)
            h = block(h, torch.cat([*shared, part], dim=1))
        return torch.tanh(self.last(relu(self.norm(h))))
