"""The InfoGAN generator."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise

from torch import Tensor, nn

from ganzoo.interfaces import Generator, Size
from ganzoo.layers import (
    LabelledLatent,
    doubling,
    doublings,
    hidden_widths,
    init_normal,
    keeping,
    require_positive,
    scaled_width,
)


class InfoGANGenerator(Generator):
    """Two dense layers, then 4x4 transposed convolutions that double the size, until it is an image.

    Batch normalisation and ReLU follow each layer but the last, which ends in tanh. At 28x28 with the default
    width: 1024, then 7x7 pixels of 128 channels, then 64 channels, then the image, as in the paper.

    Source: arXiv:1606.03657, app. C.1, table 1.
    Departs: the codes are a matter of the ``mutual-information`` regularizer and of ``z_dim``; other sizes than
        28x28 have one transposed convolution per doubling, and those of a single doubling (8 to 14 pixels) a 3x3
        convolution before it; the image ends in tanh, and weights start from N(0, 0.02), where the paper says
        neither; with labels, a learned vector of the label joins the latent (arXiv:1411.1784).

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent, with the code: the paper's 62 and 12.
        width: channels of the last hidden layer; by default the paper's 64 at 28x28, in proportion at other sizes,
            and 32 at the least. The first dense layer is 16 times as wide.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    mirror_symmetric = True

    def __init__(
        self, *, image_size: Size, channels: int, num_classes: int, z_dim: int = 74, width: int | None = None
    ) -> None:
        super().__init__()
        width = scaled_width(image_size, 64, 28) if width is None else width
        require_positive(z_dim=z_dim, width=width)
        self.z_dim = z_dim
        base, times = doublings(image_size)
        widths = hidden_widths(width, times)[::-1]
        self.label = LabelledLatent(num_classes, z_dim) if num_classes else None
        layers: list[nn.Module] = []
        for narrow, wide in pairwise([2 * z_dim if num_classes else z_dim, 16 * width, widths[0] * math.prod(base)]):
            layers += [nn.Linear(narrow, wide, bias=False), nn.BatchNorm1d(wide), nn.ReLU()]
        layers.append(nn.Unflatten(1, (widths[0], *base)))
        for wide, narrow in pairwise(widths):
            grow = doubling(wide, narrow, 4, bias=False) if times > 1 else keeping(wide, narrow, bias=False)
            layers += [grow, nn.BatchNorm2d(narrow), nn.ReLU()]
        layers += [doubling(width, channels, 4), nn.Tanh()]
        self.net = nn.Sequential(*layers)
        self.net.apply(partial(init_normal, std=0.02))

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels or None -> ``(B, C, H, W)`` images in [-1, 1]."""
        out: Tensor = self.net(z if self.label is None else self.label(z, y))
        return out
