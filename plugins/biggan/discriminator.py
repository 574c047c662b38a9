"""The BigGAN discriminator."""

from __future__ import annotations

from itertools import pairwise

from torch import nn

from ganzoo.interfaces import Size
from ganzoo.layers import (
    DownBlock,
    ResidualDiscriminator,
    SelfAttention2d,
    doublings,
    image_channels,
    require_positive,
    shorter,
)

from .layout import attention_place, default_width, halving_times, halving_widths, initialiser


class BigGANDiscriminator(ResidualDiscriminator):
    """Residual blocks that halve the image, with self-attention, a sum over all pixels, and one dense layer.

    There is one block more than the image has halvings. From 64x64 on, all but the last halve; smaller images are
    halved to twice their base (at least once), and the other blocks keep that. The ``spectral-norm`` regularizer
    normalises the network; the network itself does not.

    Source: arXiv:1809.11096, app. B and fig. 15; at 64x64 and 32x32 the layout is that of the authors' code.
    Departs: one block per halving for other sizes; the paper always has labels.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one to seven times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: the paper's ch, of which blocks have 1 to 16 times as many channels, and 4 times in images of less than
            64 pixels; by default the paper's 96 from 64x64 on, 64 at 32x32, by the number of pixels below that,
            and 8 at the least.
        attention: shorter side of the map that attends to itself, or 0; by default the paper's 64, or 32 in images of
            64 pixels, and none in smaller ones.
        init: how weights start: ``orthogonal``, with biases of 0, or ``normal``, from N(0, 0.02); by default the
            first from 64x64 on as in the paper, the second below that as in the authors' run on CIFAR-10.
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
        init: str | None = None,
        conditioning: str = "projection",
    ) -> None:
        width = default_width(image_size, 96, 8) if width is None else width
        require_positive(width=width)
        seen = image_channels(channels, num_classes, conditioning)
        _, times = doublings(image_size)
        widths, halves = halving_widths(width, times), halving_times(times)
        maps = [shorter(image_size) >> i for i in range(1, halves + 1)]
        place = attention_place(attention, maps, image_size)
        incoming = [seen, *widths]
        blocks: list[nn.Module] = [
            DownBlock(narrow, wide, halve=i < halves, first=i == 0)
            for i, (narrow, wide) in enumerate(pairwise(incoming))
        ]
        last = blocks.pop()
        if place:
            at = maps.index(place) + 1
            blocks.insert(at, SelfAttention2d(incoming[at]))
        super().__init__(
            blocks,
            last,
            widths[-1],
            image_size=image_size,
            num_classes=num_classes,
            conditioning=conditioning,
            init=initialiser(init, image_size),
        )
