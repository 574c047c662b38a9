"""The InfoGAN discriminator."""

from __future__ import annotations

import math
from functools import partial
from itertools import pairwise

from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import (
    CONDITIONING,
    LabelledImage,
    Projection,
    doublings,
    halving,
    hidden_widths,
    init_normal,
    keeping,
    require_choice,
    require_positive,
    scaled_width,
)


class InfoGANDiscriminator(Discriminator):
    """4x4 convolutions of stride 2 down to a base of 4 to 7 pixels, a dense layer, and another to the verdict.

    LeakyReLU of slope 0.1 follows each layer, and batch normalisation stands before it in all but the first. At
    28x28 with the default width: 64 and 128 channels, then 1024, as in the paper.

    Source: arXiv:1606.03657, app. C.1, table 1; Q's own layers are those of the ``mutual-information`` regularizer.
    Departs: the sigmoid is left to the loss; other sizes than 28x28 have one convolution per halving, and those of
        a single halving (8 to 14 pixels) a 3x3 convolution behind it; weights start from N(0, 0.02); the paper has
        no labels.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: channels of the first hidden layer; by default the paper's 64 at 28x28, in proportion at other sizes,
            and 32 at the least. The dense layer is 16 times as wide.
        conditioning: how a label counts: ``concat``, its learned plane joins the image (arXiv:1411.1784);
            ``projection``, the inner product of the features and the label's learned vector joins the logits
            (arXiv:1802.05637); ``none``, they are left to others, such as an auxiliary classifier.

    Attributes:
        outputs: ``logits`` ``(B,)`` and ``features`` ``(B, 16 * width)``, what the last dense layer and Q read.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    outputs = frozenset({"logits", "features"})
    mirror_symmetric = True

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        width: int | None = None,
        conditioning: str = "concat",
    ) -> None:
        super().__init__()
        width = scaled_width(image_size, 64, 28) if width is None else width
        require_positive(width=width)
        require_choice(CONDITIONING, conditioning=conditioning)
        base, times = doublings(image_size)
        widths = hidden_widths(width, times)
        self.conditioning = conditioning if num_classes else "none"
        seen = self.conditioning == "concat"
        self.label = LabelledImage(num_classes, image_size) if seen else None
        layers: list[nn.Module] = [halving(channels + 1 if seen else channels, width, 4), nn.LeakyReLU(0.1)]
        for narrow, wide in pairwise(widths):
            shrink = halving(narrow, wide, 4, bias=False) if times > 1 else keeping(narrow, wide, bias=False)
            layers += [shrink, nn.BatchNorm2d(wide), nn.LeakyReLU(0.1)]
        size = 16 * width
        dense = nn.Linear(widths[-1] * math.prod(base), size, bias=False)
        self.body = nn.Sequential(*layers, nn.Flatten(), dense, nn.BatchNorm1d(size), nn.LeakyReLU(0.1))
        self.head = nn.Linear(size, 1)
        self.projection = Projection(num_classes, size) if self.conditioning == "projection" else None
        self.body.apply(partial(init_normal, std=0.02))
        self.head.apply(partial(init_normal, std=0.02))

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> logits ``(B,)`` and features ``(B, F)``."""
        features = self.body(x if self.label is None else self.label(x, y))
        logits = self.head(features).squeeze(1)
        if self.projection is not None:
            logits = logits + self.projection(features, y)
        return {"logits": logits, "features": features}
