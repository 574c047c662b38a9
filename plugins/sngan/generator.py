"""The generator of the standard CNN."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise

from torch import Tensor, nn

from ganzoo.interfaces import Generator, Size
from ganzoo.layers import LabelledLatent, doubling, doublings, init_normal, keeping, require_positive, scaled_width


class SNGANGenerator(Generator):
    """A projected latent, doubled in size by 4x4 transposed convolutions, and a 3x3 convolution to the image.

    At 32x32 with the default width the channels are 512-256-128-64, as in the paper; batch normalisation and
    ReLU follow each layer but the last, which ends in tanh.

    Source: arXiv:1802.05957, table 3a; weights start from N(0, 0.02) as in the authors' code.
    Departs: batch normalisation and ReLU also follow the dense layer, as in the authors' code and not in the
        table; layers before batch normalisation have no bias, which it would undo; one transposed convolution
        per doubling for other sizes; with labels, a learned vector of the label joins the latent
        (arXiv:1411.1784).

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent.
        width: channels of the last hidden layer; by default the paper's 64 at 32x32, in proportion at other sizes,
            and 32 at the least.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    mirror_symmetric = True

    def __init__(
        self, *, image_size: Size, channels: int, num_classes: int, z_dim: int = 128, width: int | None = None
    ) -> None:
        super().__init__()
        width = scaled_width(image_size, 64, 32) if width is None else width
        require_positive(z_dim=z_dim, width=width)
        self.z_dim = z_dim
        base, times = doublings(image_size)
        widths = [width << i for i in reversed(range(times + 1))]
        self.label = LabelledLatent(num_classes, z_dim) if num_classes else None
        layers: list[nn.Module] = [
            nn.Linear(2 * z_dim if num_classes else z_dim, widths[0] * math.prod(base), bias=False),
            nn.BatchNorm1d(widths[0] * math.prod(base)),
            nn.ReLU(),
            nn.Unflatten(1, (widths[0], *base)),
        ]
        for wide, narrow in pairwise(widths):
            layers += [doubling(wide, narrow, 4, bias=False), nn.BatchNorm2d(narrow), nn.ReLU()]
        layers += [keeping(width, channels), nn.Tanh()]
        self.net = nn.Sequential(*layers)
        self.net.apply(partial(init_normal, std=0.02))

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels or None -> ``(B, C, H, W)`` images in [-1, 1]."""
        out: Tensor = self.net(z if self.label is None else self.label(z, y))
        return out
