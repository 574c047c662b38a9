"""The discriminator of the CIFAR-10 ResNet."""

from __future__ import annotations

from ganzoo.interfaces import Size
from ganzoo.layers import (
    DownBlock,
    ResidualDiscriminator,
    doublings,
    image_channels,
    require_positive,
    scaled_width,
)

from .resnet_init import init_glorot


class SNGANResNetDiscriminator(ResidualDiscriminator):
    """Residual blocks of one width, a sum over all pixels, and one dense layer without bias.

    Blocks halve the image until it is twice its base of 4 to 7 pixels wide (at least one does), and two more
    keep its size: at 32x32, two and two, as in the paper. The ``spectral-norm`` regularizer normalises it; the
    network itself does not.

    Source: arXiv:1802.05957, app. B.4, table 4, at 32x32; the first weights, and the dense layer without bias,
        are those of the authors' code. The projection of the label is that of arXiv:1802.05637, eq. 3.
    Departs: the number of halving blocks grows with the image.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: channels of every hidden layer; by default the paper's 128 at 32x32, in proportion at other sizes,
            and 32 at the least.
        conditioning: how a label counts: ``projection``, the inner product of the features and the label's learned
            vector joins the logits; ``concat``, its learned plane joins the image (arXiv:1411.1784); ``none``, they
            are left to others, such as an auxiliary classifier.

    Attributes:
        outputs: ``logits`` ``(B,)``; ``features`` ``(B, width)``, the sums that the dense layer reads; and ``maps``
            ``(B, width, h, w)``, what the last block reads.

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
        conditioning: str = "projection",
    ) -> None:
        width = scaled_width(image_size, 128, 32) if width is None else width
        require_positive(width=width)
        seen = image_channels(channels, num_classes, conditioning)
        _, times = doublings(image_size)
        blocks = [
            DownBlock(seen, width, halve=True, first=True),
            *(DownBlock(width, width, halve=True) for _ in range(times - 2)),
            DownBlock(width, width, halve=False),
        ]
        last = DownBlock(width, width, halve=False)
        super().__init__(
            blocks,
            last,
            width,
            image_size=image_size,
            num_classes=num_classes,
            conditioning=conditioning,
            init=init_glorot,
            bias=False,
        )
