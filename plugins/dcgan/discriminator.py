"""The DCGAN discriminator."""

from __future__ import annotations

import math

from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import (
    CONDITIONING,
    LabelledImage,
    Projection,
    doublings,
    hidden_widths,
    require_choice,
    require_positive,
    scaled_width,
)

from .halving import halving_layers
from .init import init_dcgan, require_kernel


class DCGANDiscriminator(Discriminator):
    """Strided convolutions that halve an image down to a base of 4 to 7 pixels, then one dense layer.

    LeakyReLU of slope 0.2 follows each convolution, and batch normalisation stands before it in all but the
    first. Channels double with each halving.

    Source: arXiv:1511.06434, sec. 3 and 4.
    Departs: the sigmoid is left to the loss; other sizes than 64x64 have one convolution per halving, and those of
        a single halving (8 to 14 pixels) a 3x3 convolution behind it, of a second hidden layer; the paper
        has no labels.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: channels of the first hidden layer; by default the paper's 128 at 64x64, in proportion at other
            sizes, and 32 at the least.
        kernel: 5 as in the paper, or 4, which is cheaper.
        conditioning: how a label counts: ``concat``, its learned plane joins the image (arXiv:1411.1784);
            ``projection``, the inner product of the features and the label's learned vector joins the logits
            (arXiv:1802.05637); ``none``, they are left to others, such as an auxiliary classifier.

    Attributes:
        outputs: ``logits`` ``(B,)`` and ``features`` ``(B, F)``, what the dense layer reads.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    outputs = frozenset({"logits", "features"})

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        width: int | None = None,
        kernel: int = 5,
        conditioning: str = "concat",
    ) -> None:
        super().__init__()
        width = scaled_width(image_size, 128, 64) if width is None else width
        require_positive(width=width)
        require_choice(CONDITIONING, conditioning=conditioning)
        require_kernel(kernel)
        base, times = doublings(image_size)
        self.conditioning = conditioning if num_classes else "none"
        seen = self.conditioning == "concat"
        self.label = LabelledImage(num_classes, image_size) if seen else None
        layers = halving_layers(channels + 1 if seen else channels, width, kernel, times)
        self.mirror_symmetric = kernel % 2 == 0
        self.body = nn.Sequential(*layers, nn.Flatten())
        size = hidden_widths(width, times)[-1] * math.prod(base)
        self.head = nn.Linear(size, 1)
        self.projection = Projection(num_classes, size) if self.conditioning == "projection" else None
        self.body.apply(init_dcgan)
        self.head.apply(init_dcgan)

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> logits ``(B,)`` and features ``(B, F)``."""
        features = self.body(x if self.label is None else self.label(x, y))
        logits = self.head(features).squeeze(1)
        if self.projection is not None:
            logits = logits + self.projection(features, y)
        return {"logits": logits, "features": features}
