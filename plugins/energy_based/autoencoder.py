"""The autoencoder that gives energies."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import (
    LabelledImage,
    doubling,
    doublings,
    halving,
    hidden_widths,
    init_normal,
    keeping,
    require_positive,
    scaled_width,
)


class Autoencoder(Discriminator):
    """4x4 convolutions of stride 2 down to a base of 4 to 7 pixels, and as many transposed ones back to the image.

    Batch normalisation stands behind each layer but the first and the last; LeakyReLU of slope 0.2 follows in the
    encoder, ReLU in the decoder. Channels double with each halving. The energy is the mean squared error of the
    reconstruction, over all values of an image: so a margin means the same at every size.

    Source: arXiv:1609.03126, sec. 2.3 and the appendix on LSUN and CelebA, whose encoder for 64x64 pixels halves three
        times, to a base of 8.
    Departs: the number of layers follows from the image, and one of a single halving (8 to 14 pixels) has a 3x3
        convolution behind it and another before the decoder's last layer; with labels, a learned plane of the label
        joins the image that is encoded (arXiv:1411.1784), and the image alone is reconstructed.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: channels of the first hidden layer; by default the paper's 64 at 64x64, in proportion at other sizes,
            and 32 at the least.

    Attributes:
        outputs: ``energy`` ``(B,)``, at least 0, and ``features`` ``(B, F)``, the code that the decoder reads.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    outputs = frozenset({"energy", "features"})
    mirror_symmetric = True

    def __init__(self, *, image_size: Size, channels: int, num_classes: int, width: int | None = None) -> None:
        super().__init__()
        width = scaled_width(image_size, 64, 64) if width is None else width
        require_positive(width=width)
        base, times = doublings(image_size)
        widths = hidden_widths(width, times)
        self.label = LabelledImage(num_classes, image_size) if num_classes else None
        down: list[nn.Module] = [halving(channels + 1 if num_classes else channels, width, 4), nn.LeakyReLU(0.2)]
        for narrow, wide in pairwise(widths):
            shrink = halving(narrow, wide, 4, bias=False) if times > 1 else keeping(narrow, wide, bias=False)
            down += [shrink, nn.BatchNorm2d(wide), nn.LeakyReLU(0.2)]
        up: list[nn.Module] = [nn.Unflatten(1, (widths[-1], *base))]
        for wide, narrow in pairwise(widths[::-1]):
            grow = doubling(wide, narrow, 4, bias=False) if times > 1 else keeping(wide, narrow, bias=False)
            up += [grow, nn.BatchNorm2d(narrow), nn.ReLU()]
        self.encoder = nn.Sequential(*down, nn.Flatten())
        self.decoder = nn.Sequential(*up, doubling(width, channels, 4))
        self.encoder.apply(partial(init_normal, std=0.02))
        self.decoder.apply(partial(init_normal, std=0.02))

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> energy ``(B,)`` and features ``(B, F)``."""
        code = self.encoder(x if self.label is None else self.label(x, y))
        error = self.decoder(code) - x
        return {"energy": error.square().mean(dim=(1, 2, 3)), "features": code}
