"""The BigGAN-deep discriminator."""

from __future__ import annotations

from itertools import pairwise

from torch import nn

from ganzoo.interfaces import Size
from ganzoo.layers import (
    ResidualDiscriminator,
    SelfAttention2d,
    doublings,
    image_channels,
    keeping,
    require_positive,
    shorter,
)

from .bottleneck import DownBottleneck
from .layout import attention_place, default_width, halving_times, halving_widths, init_orthogonal


class BigGANDeepDiscriminator(ResidualDiscriminator):
    """A convolution, bottleneck blocks in pairs with self-attention, a sum over all pixels, and one dense layer.

    Of a pair, the first block halves the image and the second keeps its size; there is one pair for each halving.
    Images of less than 64 pixels are halved to twice their base (at least once), and the remaining pair keeps that.
    The ``spectral-norm`` regularizer normalises the network; the network itself does not.

    Source: arXiv:1809.11096, app. B and fig. 16; at 64x64 and 32x32 the layout is that of the authors' code.
    Departs: a pair of blocks per halving for other sizes; the paper always has labels.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one to seven times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: the paper's ch, of which blocks have 1 to 16 times as many channels, and 4 times in images of less than
            64 pixels; by default the paper's 128 from 64x64 on, 64 at 32x32, by the number of pixels below that,
            and 16 at the least.
        attention: shorter side of the map that attends to itself, or 0; by default the paper's 64, or 32 in images of
            64 pixels, and none in smaller ones.
        conditioning: how a label counts: ``projection``, the inner product of the features and the label's learned
            vector joins the logits; ``concat``, its learned plane joins the image (arXiv:1411.1784); ``none``, they
            are left to others, such as an auxiliary classifier.

    Attributes:
        outputs: ``logits`` ``(B,)``; ``features`` ``(B, F)``, the sums that the dense layer reads; and ``maps``
            ``(B, F, h, w)``, what the last block reads.

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
        width = default_width(image_size, 128, 16) if width is None else width
        require_positive(width=width)
        seen = image_channels(channels, num_classes, conditioning)
        _, times = doublings(image_size)
        widths, halves = halving_widths(width, times), halving_times(times)
        maps = [shorter(image_size) >> i for i in range(1, halves + 1)]
        place = attention_place(attention, maps, image_size)
        layers: list[nn.Module] = [keeping(seen, widths[0])]
        for i, (narrow, wide) in enumerate(pairwise(widths)):
            layers += [DownBottleneck(narrow, wide, halve=i < halves), DownBottleneck(wide, wide, halve=False)]
        last = layers.pop()
        if place:
            # Behind the pair that made the map; in front of the last block where that pair is the last.
            at = maps.index(place) + 1
            layers.insert(min(2 * at + 1, len(layers)), SelfAttention2d(widths[at]))
        super().__init__(
            layers,
            last,
            widths[-1],
            image_size=image_size,
            num_classes=num_classes,
            conditioning=conditioning,
            init=init_orthogonal,
        )
