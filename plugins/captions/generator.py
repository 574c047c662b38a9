"""The generator of images from sentences."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Generator, Size
from ganzoo.layers import doubling, doublings, hidden_widths, init_normal, keeping, require_positive, scaled_width

from .sentence import ProjectedSentence


class SentenceGenerator(Generator):
    """A latent beside a projected sentence, made to a base of 4 to 7 pixels and doubled until it is an image.

    Batch normalisation and ReLU follow each transposed convolution but the last, which ends in tanh. At 64x64 with the
    default width channels are 1024-512-256-128.

    Source: arXiv:1605.05396, sec. 4.1 and 5, and fig. 2.
    Departs: the authors' code adds three convolutions beside each of the maps of 4 and 8 pixels, which the paper does
        not name. Other sizes than 64x64 have one transposed convolution for each doubling, and those of a single
        doubling (8 to 14 pixels) a 3x3 convolution before it. What batch normalisation follows has no bias.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        sentence_size: how many numbers a sentence is; 0 for none.
        z_dim: length of a latent.
        projected: numbers of a sentence beside the latent.
        width: channels of the last hidden layer; by default the paper's 128 at 64x64, in proportion at other sizes, and
            32 at the least.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    mirror_symmetric = True

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        sentence_size: int,
        z_dim: int = 100,
        projected: int = 128,
        width: int | None = None,
    ) -> None:
        super().__init__()
        width = scaled_width(image_size, 128, 64) if width is None else width
        require_positive(z_dim=z_dim, projected=projected, width=width)
        self.z_dim = z_dim
        base, times = doublings(image_size)
        widths = hidden_widths(width, times)[::-1]
        self.sentence = ProjectedSentence(sentence_size, projected) if sentence_size else None
        layers: list[nn.Module] = [
            nn.Linear(z_dim + (projected if sentence_size else 0), widths[0] * math.prod(base), bias=False),
            nn.Unflatten(1, (widths[0], *base)),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
        ]
        for wide, narrow in pairwise(widths):
            grow = doubling(wide, narrow, 4, bias=False) if times > 1 else keeping(wide, narrow, bias=False)
            layers += [grow, nn.BatchNorm2d(narrow), nn.ReLU()]
        self.net = nn.Sequential(*layers, doubling(width, channels, 4), nn.Tanh())
        self.net.apply(init_sentence)

    def forward(self, z: Tensor, y: Any = None) -> Tensor:
        """``(B, z_dim)`` latents, conditions ``{"vector": (B, E), ...}`` or None -> ``(B, C, H, W)`` in [-1, 1]."""
        out: Tensor = self.net(z if self.sentence is None else torch.cat([z, self.sentence(y)], dim=1))
        return out


def init_sentence(module: nn.Module) -> None:
    """Draw weights from N(0, 0.02), gains of batch normalisation from N(1, 0.02); biases are zero.

    Source: reedscot/icml2016@db3f0c6 main_cls.lua: weights_init, which leaves the projection as it is.
    """
    init_normal(module, 0.02)
    if isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
