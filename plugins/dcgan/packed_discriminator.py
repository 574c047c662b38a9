"""The packed DCGAN discriminator."""

from __future__ import annotations

import math

from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import (
    LabelledImage,
    doublings,
    hidden_widths,
    pack,
    require_pack,
    require_positive,
    scaled_width,
    unpack,
)

from .halving import halving_layers
from .init import init_dcgan


class PacDCGANDiscriminator(Discriminator):
    """The discriminator of DCGAN, shown packs of images: it sees at a glance that fakes are all alike.

    ``packing`` neighbours of a batch, all real or all fake, are stacked along their channels, so that only the first
    layer grows. Each image gets its pack's verdict, and so means over the batch are means over the packs, and
    every loss fits. What differentiates the sum of the verdicts in an image finds ``packing`` times the slope of its
    pack: a squared slope, as of ``r1``, is in the mean over images ``packing`` times that of a pack, and a gradient
    penalty with a target pulls the pack's slope in each image to target / ``packing``. Where ``packing`` does not
    divide the batch, the last pack is filled up with the batch's first images, which are seen in both packs.

    Source: arXiv:1712.04086; the layers are those of arXiv:1511.06434, sec. 3 and 4.
    Departs: the sigmoid is left to the loss; other sizes than 64x64 have one convolution per halving, and those of
        a single halving (8 to 14 pixels) a 3x3 convolution behind it; with labels, a learned plane of the label
        joins each image (arXiv:1411.1784) before they are packed.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        packing: how many images make a pack, m in the paper; with 1, this is the discriminator of DCGAN.
        width: channels of the first hidden layer; by default 128 at 64x64, in proportion at other sizes, and 32 at
            the least.
        kernel: 5 as in DCGAN, or 4, which is cheaper.

    Attributes:
        outputs: ``logits`` ``(B,)`` and ``features`` ``(B, F)``, what the dense layer reads, of each image's pack.

    Raises:
        RecipeError: the image size does not fit, a parameter is out of range, or a batch in training is smaller
            than a pack.
    """

    outputs = frozenset({"logits", "features"})

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        packing: int = 2,
        width: int | None = None,
        kernel: int = 5,
    ) -> None:
        super().__init__()
        width = scaled_width(image_size, 128, 64) if width is None else width
        require_positive(packing=packing, width=width)
        if kernel not in (4, 5):
            raise RecipeError(f"kernel is {kernel!r}, and a pac-dcgan discriminator has kernels of 4 or of 5 pixels")
        self.packing = packing
        base, times = doublings(image_size)
        self.label = LabelledImage(num_classes, image_size) if num_classes else None
        layers = halving_layers(packing * (channels + 1 if num_classes else channels), width, kernel, times)
        self.mirror_symmetric = kernel % 2 == 0
        self.body = nn.Sequential(*layers, nn.Flatten())
        self.head = nn.Linear(hidden_widths(width, times)[-1] * math.prod(base), 1)
        self.body.apply(init_dcgan)
        self.head.apply(init_dcgan)

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> logits ``(B,)`` and features ``(B, F)``."""
        if self.training:
            require_pack(len(x), self.packing)
        packs = pack(x if self.label is None else self.label(x, y), self.packing)
        features = self.body(packs)
        verdict = {"logits": self.head(features).squeeze(1), "features": features}
        return {name: unpack(output, self.packing, len(x)) for name, output in verdict.items()}
