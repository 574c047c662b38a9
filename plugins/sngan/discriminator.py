"""The discriminator of the standard CNN."""

from __future__ import annotations

import math
from functools import partial

from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import (
    CONDITIONING,
    LabelledImage,
    Projection,
    doublings,
    halving,
    init_normal,
    keeping,
    require_choice,
    require_positive,
    scaled_width,
)

GROWTH = ("between", "within")


class SNGANDiscriminator(Discriminator):
    """Pairs of a 3x3 convolution and a 4x4 one of stride 2, one more 3x3 convolution, and one dense layer.

    LeakyReLU of slope 0.1 follows each convolution; each pair has twice the channels of the one before: at
    32x32 with the default width 64-64-128-128-256-256-512, as in the paper. With ``growth: within`` channels double
    where the size is halved, 64-128-128-256-256-512-512, as in the SNDCGAN of later papers. The ``spectral-norm``
    regularizer normalises it; the network itself does not.

    Source: arXiv:1802.05957, table 3b; weights start from N(0, 0.02) as in the authors' code; ``growth: within`` is
        SNDCGAN of google/compare_gan, which arXiv:1910.12027 and arXiv:2002.04724 train.
    Departs: one pair per halving for other sizes; with labels, a learned plane of the label joins the image
        (arXiv:1411.1784), where the paper's sequel projects (arXiv:1802.05637).

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: channels of the first hidden layer; by default the paper's 64 at 32x32, in proportion at other
            sizes, and 32 at the least.
        conditioning: how a label counts: ``concat``, its learned plane joins the image (arXiv:1411.1784);
            ``projection``, the inner product of the features and the label's learned vector joins the logits
            (arXiv:1802.05637); ``none``, they are left to others, such as an auxiliary classifier.
        growth: where channels double: ``between`` the pairs, or ``within`` each, by its strided convolution.

    Attributes:
        outputs: ``logits`` ``(B,)``, ``features`` ``(B, F)``, what the dense layer reads, and ``maps``
            ``(B, C', base, base)``, what the last convolution reads.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    outputs = frozenset({"logits", "features", "maps"})
    mirror_symmetric = True

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        width: int | None = None,
        conditioning: str = "concat",
        growth: str = "between",
    ) -> None:
        super().__init__()
        width = scaled_width(image_size, 64, 32) if width is None else width
        require_positive(width=width)
        require_choice(CONDITIONING, conditioning=conditioning)
        require_choice(GROWTH, growth=growth)
        base, times = doublings(image_size)
        self.conditioning = conditioning if num_classes else "none"
        seen = self.conditioning == "concat"
        self.label = LabelledImage(num_classes, image_size) if seen else None
        narrow = channels + 1 if seen else channels
        layers: list[nn.Module] = []
        for wide in (width << i for i in range(times)):
            layers += [keeping(narrow, wide), nn.LeakyReLU(0.1)]
            narrow = 2 * wide if growth == "within" else wide
            layers += [halving(wide, narrow, 4), nn.LeakyReLU(0.1)]
        wide = width << times
        self.body = nn.Sequential(*layers)
        self.last = nn.Sequential(keeping(narrow, wide), nn.LeakyReLU(0.1), nn.Flatten())
        size = wide * math.prod(base)
        self.head = nn.Linear(size, 1)
        self.projection = Projection(num_classes, size) if self.conditioning == "projection" else None
        self.body.apply(partial(init_normal, std=0.02))
        self.last.apply(partial(init_normal, std=0.02))
        self.head.apply(partial(init_normal, std=0.02))

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> logits, features, maps."""
        maps = self.body(x if self.label is None else self.label(x, y))
        features = self.last(maps)
        logits = self.head(features).squeeze(1)
        if self.projection is not None:
            logits = logits + self.projection(features, y)
        return {"logits": logits, "features": features, "maps": maps}
