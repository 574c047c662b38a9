"""The tutorial's discriminator."""

from __future__ import annotations

import math
from itertools import pairwise

from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import LabelledImage, doublings, halving, hidden_widths, keeping, require_positive

from .tutorial_init import init_glorot


class TutorialDiscriminator(Discriminator):
    """5x5 convolutions of stride 2, each with LeakyReLU of slope 0.3 and dropout, then one dense layer.

    At 28x28 with the default width the convolutions have 64 and 128 channels.

    Source: https://www.tensorflow.org/tutorials/generative/dcgan
    Departs: images other than 28x28 have one convolution for each halving down to 4 to 7 pixels, of twice the
        channels each, and those of a single halving (8 to 14 pixels) a 3x3 convolution behind it, of a second
        hidden layer; with labels, a learned plane of the label joins the image (arXiv:1411.1784).

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: channels of the first hidden layer.
        dropout: share of the activations that training drops after each convolution.

    Attributes:
        outputs: ``logits`` ``(B,)`` and ``features`` ``(B, F)``, what the dense layer reads.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    outputs = frozenset({"logits", "features"})

    def __init__(
        self, *, image_size: Size, channels: int, num_classes: int, width: int = 64, dropout: float = 0.3
    ) -> None:
        super().__init__()
        require_positive(width=width)
        if not 0 <= dropout < 1:
            raise RecipeError(f"dropout is {dropout!r}, and must be at least 0 and below 1")
        base, times = doublings(image_size)
        widths = hidden_widths(width, times)
        self.label = LabelledImage(num_classes, image_size) if num_classes else None
        layers: list[nn.Module] = [halving(channels + 1 if num_classes else channels, width, 5)]
        for narrow, wide in pairwise(widths):
            layers += [nn.LeakyReLU(0.3), nn.Dropout(dropout)]
            layers += [halving(narrow, wide, 5) if times > 1 else keeping(narrow, wide)]
        layers += [nn.LeakyReLU(0.3), nn.Dropout(dropout)]
        self.body = nn.Sequential(*layers, nn.Flatten())
        self.head = nn.Linear(widths[-1] * math.prod(base), 1)
        self.body.apply(init_glorot)
        self.head.apply(init_glorot)

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> logits ``(B,)`` and features ``(B, F)``."""
        features = self.body(x if self.label is None else self.label(x, y))
        return {"logits": self.head(features).squeeze(1), "features": features}
