"""The tutorial's generator."""

from __future__ import annotations

import math
from itertools import pairwise

from torch import Tensor, nn

from ganzoo.interfaces import Generator, Size
from ganzoo.layers import LabelledLatent, doubling, doublings, require_positive

from .tutorial_init import init_glorot

# The defaults of batch normalisation in the tutorial's library, which counts momentum the other way.
EPSILON, MOMENTUM = 1e-3, 0.01


class TutorialGenerator(Generator):
    """A projected latent, one 5x5 transposed convolution that keeps its size, and one for each doubling.

    At 28x28 with the default width: dense to 7x7x256, then 128 channels at 7x7, 64 at 14x14, and the image. No
    layer has a bias; batch normalisation and LeakyReLU of slope 0.3 follow each but the last, which ends in tanh.

    Source: https://www.tensorflow.org/tutorials/generative/dcgan
    Departs: images other than 28x28 have a base of 4 to 7 pixels and one transposed convolution for each
        doubling, whose channels halve down to ``width``; with labels, a learned vector of the label joins the
        latent (arXiv:1411.1784).

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent.
        width: channels of the last hidden layer.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    def __init__(self, *, image_size: Size, channels: int, num_classes: int, z_dim: int = 100, width: int = 64) -> None:
        super().__init__()
        require_positive(z_dim=z_dim, width=width)
        self.z_dim = z_dim
        base, times = doublings(image_size)
        dense, *widths = (width << i for i in reversed(range(times + 1)))
        self.label = LabelledLatent(num_classes, z_dim) if num_classes else None
        layers: list[nn.Module] = [
            nn.Linear(2 * z_dim if num_classes else z_dim, dense * math.prod(base), bias=False),
            nn.BatchNorm1d(dense * math.prod(base), eps=EPSILON, momentum=MOMENTUM),
            nn.LeakyReLU(0.3),
            nn.Unflatten(1, (dense, *base)),
            nn.ConvTranspose2d(dense, widths[0], 5, padding=2, bias=False),
            nn.BatchNorm2d(widths[0], eps=EPSILON, momentum=MOMENTUM),
            nn.LeakyReLU(0.3),
        ]
        for wide, narrow in pairwise(widths):
            layers += [
                doubling(wide, narrow, 5, bias=False),
                nn.BatchNorm2d(narrow, eps=EPSILON, momentum=MOMENTUM),
                nn.LeakyReLU(0.3),
            ]
        layers += [doubling(width, channels, 5, bias=False), nn.Tanh()]
        self.net = nn.Sequential(*layers)
        self.net.apply(init_glorot)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels or None -> ``(B, C, H, W)`` images in [-1, 1]."""
        out: Tensor = self.net(z if self.label is None else self.label(z, y))
        return out
