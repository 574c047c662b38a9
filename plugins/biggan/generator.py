"""The BigGAN generator."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Generator, Size
from ganzoo.layers import (
    ConditionalBatchNorm2d,
    SelfAttention2d,
    UpBlock,
    doublings,
    keeping,
    labels_of,
    require_positive,
)

from .layout import attention_place, default_width, initialiser, pyramid


def _norm(num_classes: int, features: int) -> Callable[[int], nn.Module]:
    """Give the constructor of a block's normalisations, conditioned on a vector, else on a label, else on nothing."""
    if features:
        return partial(ConditionalBatchNorm2d, features=features)
    return partial(ConditionalBatchNorm2d, classes=num_classes) if num_classes else nn.BatchNorm2d


class BigGANGenerator(Generator):
    """Residual blocks, each conditioned on the class and on its own part of the latent.

    The latent is cut into one part for the dense layer and one for each block. A block's part and the label's
    vector, which all blocks share, are projected to the gains and shifts of its batch normalisations. One map
    attends to itself. The ``spectral-norm`` regularizer with ``generator: true`` normalises the network. Without
    ``hierarchical``, the dense layer reads the whole latent, and every normalisation has gains and shifts of its own
    for each label, as the authors' run on CIFAR-10.

    Source: arXiv:1809.11096, sec. 3, app. B and fig. 15; at 32x32 the layout is that of the authors' code for
        CIFAR-10.
    Departs: the dense layer reads its part of the latent alone, as in the authors' code and published weights, where
        table 4 has the class embedding beside it; one block per doubling for other sizes; without labels, blocks
        are conditioned on their parts of the latent alone.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one to seven times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent; where it does not divide into parts, the first are longer by 1.
        width: the paper's ch, of which blocks have 16 to 1 times as many channels, and 4 times in images of less than
            64 pixels; by default the paper's 96 from 64x64 on, 64 at 32x32, by the number of pixels below that,
            and 8 at the least.
        embed_dim: length of a label's vector, where ``hierarchical``.
        hierarchical: blocks read parts of the latent and a vector of the label that they share.
        attention: shorter side of the map that attends to itself, or 0; by default the paper's 64, or 32 in images of
            64 pixels, and none in smaller ones.
        init: how weights start: ``orthogonal``, with biases of 0, or ``normal``, from N(0, 0.02); by default the
            first from 64x64 on as in the paper, the second below that as in the authors' run on CIFAR-10.

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
        hierarchical: bool = True,
        attention: int | None = None,
        init: str | None = None,
    ) -> None:
        super().__init__()
        width = default_width(image_size, 96, 8) if width is None else width
        require_positive(z_dim=z_dim, width=width, embed_dim=embed_dim)
        base, times = doublings(image_size)
        if hierarchical and z_dim < times + 1:
            raise RecipeError(f"z_dim is {z_dim}, and must be at least {times + 1}: a part for each block and one more")
        self.z_dim, self.hierarchical, self.labelled = z_dim, hierarchical, bool(num_classes)
        cuts = times + 1 if hierarchical else 1
        self.parts = [len(part) for part in torch.tensor_split(torch.empty(z_dim), cuts)]
        widths = pyramid(width, times)
        maps = [min(base) << i for i in range(times)]
        place = attention_place(attention, maps, image_size)
        self.embed = nn.Embedding(num_classes, embed_dim) if num_classes and hierarchical else None
        self.base = nn.Sequential(
            nn.Linear(self.parts[0], widths[0] * math.prod(base)), nn.Unflatten(1, (widths[0], *base))
        )
        shared = embed_dim if num_classes else 0
        features = [shared + part for part in self.parts[1:]] if hierarchical else [0] * times
        self.blocks = nn.ModuleList(
            UpBlock(wide, narrow, _norm(num_classes, length))
            for (wide, narrow), length in zip(pairwise(widths), features, strict=True)
        )
        self.attended = maps.index(place) if place else None
        self.attention = SelfAttention2d(widths[self.attended]) if self.attended is not None else None
        self.norm = nn.BatchNorm2d(widths[-1])
        self.last = keeping(widths[-1], channels)
        self.apply(initialiser(init, image_size))

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels or None -> ``(B, C, H, W)`` images in [-1, 1]."""
        first, *parts = z.split(self.parts, dim=1)
        conditions = self._conditions(parts, y)
        h = self.base(first)
        for i, (block, condition) in enumerate(zip(self.blocks, conditions, strict=True)):
            if self.attention is not None and i == self.attended:
                h = self.attention(h)
            h = block(h, *condition)
        return torch.tanh(self.last(relu(self.norm(h))))

    def _conditions(self, parts: list[Tensor], y: Tensor | None) -> list[list[Tensor]]:
        """Give what the normalisations of each block are conditioned on, if anything."""
        if not self.hierarchical:
            return [[labels_of(y)] if self.labelled else []] * len(self.blocks)
        shared = [] if self.embed is None else [self.embed(y)]
        return [[torch.cat([*shared, part], dim=1)] for part in parts]
