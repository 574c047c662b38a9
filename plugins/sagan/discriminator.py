"""The discriminator with self-attention."""

from __future__ import annotations

from itertools import pairwise

from torch import nn

from ganzoo.interfaces import Size
from ganzoo.layers import (
    DownBlock,
    ResidualDiscriminator,
    SelfAttention2d,
    attended_map,
    doublings,
    image_channels,
    require_positive,
)

from .layout import ATTENDED, default_width, init_glorot


class SAGANDiscriminator(ResidualDiscriminator):
    """Residual blocks that widen as they halve the image, with self-attention, one more block, and a dense layer.

    At 128x128 with the default width the channels are 64-128-256-512-1024-1024, and the 32x32 map attends to
    itself, as in the paper. The dense layer reads the sums over all pixels. The ``spectral-norm`` regularizer
    normalises the network; the network itself does not.

    Source: arXiv:1805.08318, sec. 3 and 4, with the layout and initial weights of the authors' code. The projection
        of the label is that of arXiv:1802.05637, eq. 3.
    Departs: one block per halving for other sizes; the paper always has labels.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: channels of the first block, which double with each halving; by default the paper's 64, below 32x32
            in proportion, and 32 at the least.
        attention: shorter side of the map that attends to itself, or 0; by default the paper's 32 or, in a smaller
            network, half the image.
        conditioning: how a label counts: ``projection``, the inner product of the features and the label's learned
            vector joins the logits; ``concat``, its learned plane joins the image (arXiv:1411.1784); ``none``, they
            are left to others, such as an auxiliary classifier.

    Attributes:
        outputs: ``logits`` ``(B,)``; ``features`` ``(B, F)``, the sums that the dense layer reads; and ``maps``
            ``(B, F, base, base)``, what the last block reads.

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
        width: int | None = None,
        attention: int | None = None,
        conditioning: str = "projection",
    ) -> None:
        width = default_width(image_size) if width is None else width
        require_positive(width=width)
        seen = image_channels(channels, num_classes, conditioning)
        base, times = doublings(image_size)
        widths = [width << i for i in range(times)]
        maps = [min(base) << i for i in reversed(range(times))]
        place = attended_map(attention, maps, ATTENDED)
        layers: list[nn.Module] = [DownBlock(seen, width, halve=True, first=True)]
        layers += [DownBlock(narrow, wide, halve=True) for narrow, wide in pairwise(widths)]
        if place:
            at = maps.index(place)
            layers.insert(at + 1, SelfAttention2d(widths[at]))
        last = DownBlock(widths[-1], widths[-1], halve=False)
        super().__init__(
            layers,
            last,
            widths[-1],
            image_size=image_size,
            num_classes=num_classes,
            conditioning=conditioning,
            init=init_glorot,
        )
