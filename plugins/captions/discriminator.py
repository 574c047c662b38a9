"""The discriminator of images and sentences."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import doublings, halving, hidden_widths, keeping, require_positive, scaled_width

from .generator import init_sentence
from .sentence import ProjectedSentence


class SentenceDiscriminator(Discriminator):
    """Strided convolutions down to a base of 4 to 7 pixels, a projected sentence beside every place of that map, a 1x1
    convolution of both, and one over the whole map.

    LeakyReLU of slope 0.2 follows each convolution, and batch normalisation stands before it in all but the first and
    the last.

    Source: arXiv:1605.05396, sec. 4.1 and 5, and fig. 2.
    Departs: the sigmoid is left to the loss. The authors' code adds three convolutions beside the map of 4 pixels, of
        which the paper says nothing. Other sizes than 64x64 have one convolution for each halving, and those of a
        single halving (8 to 14 pixels) a 3x3 convolution behind it. What batch normalisation follows has no bias.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        sentence_size: how many numbers a sentence is; 0 for none.
        projected: numbers of a sentence beside the map.
        width: channels of the first hidden layer; by default the paper's 64 at 64x64, in proportion at other sizes, and
            32 at the least.

    Attributes:
        outputs: ``logits`` ``(B,)``, and ``features`` ``(B, F)``, the map before the sentence joins it.

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
        sentence_size: int,
        projected: int = 128,
        width: int | None = None,
    ) -> None:
        super().__init__()
        width = scaled_width(image_size, 64, 64) if width is None else width
        require_positive(projected=projected, width=width)
        base, times = doublings(image_size)
        widths = hidden_widths(width, times)
        layers: list[nn.Module] = [halving(channels, width, 4), nn.LeakyReLU(0.2)]
        for narrow, wide in pairwise(widths):
            shrink = halving(narrow, wide, 4, bias=False) if times > 1 else keeping(narrow, wide, bias=False)
            layers += [shrink, nn.BatchNorm2d(wide), nn.LeakyReLU(0.2)]
        self.body = nn.Sequential(*layers)
        self.sentence = ProjectedSentence(sentence_size, projected) if sentence_size else None
        wide = widths[-1]
        self.both = nn.Sequential(
            nn.Conv2d(wide + (projected if sentence_size else 0), wide, 1, bias=False),
            nn.BatchNorm2d(wide),
            nn.LeakyReLU(0.2),
        )
        self.head = nn.Linear(wide * math.prod(base), 1)  # a convolution over the whole map
        for part in (self.body, self.both, self.head):
            part.apply(init_sentence)

    def forward(self, x: Tensor, y: Any = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, conditions ``{"vector": (B, E), ...}`` or None -> logits and features."""
        seen = self.body(x)
        joined = seen
        if self.sentence is not None:
            said = self.sentence(y)[:, :, None, None].expand(-1, -1, *seen.shape[2:])
            joined = torch.cat([seen, said], dim=1)
        return {"logits": self.head(self.both(joined).flatten(1)).squeeze(1), "features": seen.flatten(1)}
