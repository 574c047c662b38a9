"""The BEGAN discriminator."""

from __future__ import annotations

import math

from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import LabelledImage, doublings, halving, keeping, require_positive, shorter, sides

from .began_decoder import decoder, init_glorot


class BEGANDiscriminator(Discriminator):
    """An autoencoder of 3x3 convolutions with ELU, without normalisation, and a dense code.

    The encoder has two convolutions at each size, the second of which halves it; channels grow by ``width`` with each
    halving. The decoder has the generator's form. The energy is the mean absolute error of the reconstruction.

    Source: arXiv:1703.10717, sec. 3.1 with eta = 1, fig. 1 and sec. 3.5.
    Departs: the smallest size is 4 to 7 pixels, where the paper has 8; the optional skip connections and vanishing
        residuals of sec. 3.5.1 are left out; with labels, a learned plane of the label joins the image that is encoded
        (arXiv:1411.1784), and the image alone is reconstructed.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: channels of the first hidden layer and of all of the decoder's; by default as many as
            the shorter side has pixels, the paper's 128 at 128x128, and 16 at the least.
        code: length of the code, the paper's N_h; by default the paper's 64, or a quarter of the pixels where that is
            less: a code that could hold the image would reconstruct whatever it is shown.

    Attributes:
        outputs: ``energy`` ``(B,)``, at least 0, and ``features`` ``(B, code)``, the code.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    outputs = frozenset({"energy", "features"})

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        width: int | None = None,
        code: int | None = None,
    ) -> None:
        super().__init__()
        width = max(16, shorter(image_size)) if width is None else width
        code = min(64, math.prod(sides(image_size)) // 4) if code is None else code
        require_positive(width=width, code=code)
        base, times = doublings(image_size)
        self.label = LabelledImage(num_classes, image_size) if num_classes else None
        layers: list[nn.Module] = [keeping(channels + 1 if num_classes else channels, width), nn.ELU()]
        for i in range(1, times + 1):
            layers += [keeping(i * width, i * width), nn.ELU(), halving(i * width, (i + 1) * width, 3), nn.ELU()]
        wide = (times + 1) * width
        layers += [keeping(wide, wide), nn.ELU(), keeping(wide, wide), nn.ELU()]
        self.encoder = nn.Sequential(*layers, nn.Flatten(), nn.Linear(wide * math.prod(base), code))
        self.decoder = decoder(code, width, base, times, channels)
        self.encoder.apply(init_glorot)
        self.decoder.apply(init_glorot)

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> energy ``(B,)`` and features ``(B, code)``."""
        code = self.encoder(x if self.label is None else self.label(x, y))
        error = self.decoder(code) - x
        return {"energy": error.abs().mean(dim=(1, 2, 3)), "features": code}
