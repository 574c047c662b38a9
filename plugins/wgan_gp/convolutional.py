"""The DCGAN-like pair."""

from __future__ import annotations

import math
from itertools import pairwise

from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Generator, Size
from ganzoo.layers import (
    LabelledImage,
    LabelledLatent,
    doubling,
    doublings,
    halving,
    hidden_widths,
    keeping,
    require_positive,
    scaled_width,
)

from .init import init_he


class WGANGPGenerator(Generator):
    """A projected latent, doubled in size by 5x5 transposed convolutions until it is an image.

    A dense layer makes a base of 4 to 7 pixels, 512 channels at 32x32 with the default width; batch
    normalisation and ReLU follow each layer but the last, which ends in tanh.

    Source: arXiv:1704.00028, the authors' code for CIFAR-10.
    Departs: layers before batch normalisation have no bias, which it would undo; one transposed convolution per
        doubling, where the paper has 32x32, and for a single doubling (8 to 14 pixels) a 3x3 convolution before
        it, of a second hidden layer; with labels, a learned vector of the label joins the latent
        (arXiv:1411.1784).

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent.
        width: channels of the last hidden layer; by default 128 at 32x32 as in the authors'
            code, in proportion at other
            sizes, and 32 at the least.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    def __init__(
        self, *, image_size: Size, channels: int, num_classes: int, z_dim: int = 128, width: int | None = None
    ) -> None:
        super().__init__()
        width = scaled_width(image_size, 128, 32) if width is None else width
        require_positive(z_dim=z_dim, width=width)
        self.z_dim = z_dim
        base, times = doublings(image_size)
        widths = hidden_widths(width, times)[::-1]
        self.label = LabelledLatent(num_classes, z_dim) if num_classes else None
        layers: list[nn.Module] = [
            nn.Linear(2 * z_dim if num_classes else z_dim, widths[0] * math.prod(base), bias=False),
            nn.BatchNorm1d(widths[0] * math.prod(base)),
            nn.ReLU(),
            nn.Unflatten(1, (widths[0], *base)),
        ]
        for wide, narrow in pairwise(widths):
            grow = doubling(wide, narrow, 5, bias=False) if times > 1 else keeping(wide, narrow, bias=False)
            layers += [grow, nn.BatchNorm2d(narrow), nn.ReLU()]
        layers += [doubling(width, channels, 5), nn.Tanh()]
        self.net = nn.Sequential(*layers)
        self.net.apply(init_he)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels or None -> ``(B, C, H, W)`` images in [-1, 1]."""
        out: Tensor = self.net(z if self.label is None else self.label(z, y))
        return out


class WGANGPCritic(Discriminator):
    """5x5 strided convolutions that halve an image down to a base of 4 to 7 pixels, then one dense layer.

    LeakyReLU of slope 0.2 follows each convolution. There is no batch normalisation: the penalty is on each
    image's own gradient, and batch normalisation would tie the images of a batch together (sec. 4).

    Source: arXiv:1704.00028, the authors' code for CIFAR-10.
    Departs: one convolution per halving, where the paper has 32x32, and for a single halving (8 to 14 pixels) a 3x3
        convolution behind it, of a second hidden layer; with labels, a learned plane of the label joins the image
        (arXiv:1411.1784).

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: channels of the first hidden layer, which double with each halving; by default 128 at 32x32 as in
            the authors' code, in proportion at other sizes, and 32 at the least.

    Attributes:
        outputs: ``logits`` ``(B,)``, any real number, and ``features`` ``(B, F)``, what the dense layer reads.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    outputs = frozenset({"logits", "features"})

    def __init__(self, *, image_size: Size, channels: int, num_classes: int, width: int | None = None) -> None:
        super().__init__()
        width = scaled_width(image_size, 128, 32) if width is None else width
        require_positive(width=width)
        base, times = doublings(image_size)
        widths = hidden_widths(width, times)
        self.label = LabelledImage(num_classes, image_size) if num_classes else None
        layers: list[nn.Module] = [halving(channels + 1 if num_classes else channels, width, 5), nn.LeakyReLU(0.2)]
        for narrow, wide in pairwise(widths):
            layers += [halving(narrow, wide, 5) if times > 1 else keeping(narrow, wide), nn.LeakyReLU(0.2)]
        self.body = nn.Sequential(*layers, nn.Flatten())
        self.head = nn.Linear(widths[-1] * math.prod(base), 1)
        self.body.apply(init_he)
        self.head.apply(init_he)

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> logits ``(B,)`` and features ``(B, F)``."""
        features = self.body(x if self.label is None else self.label(x, y))
        return {"logits": self.head(features).squeeze(1), "features": features}
