"""The wavelet discriminator of StyleSwin."""

from __future__ import annotations

import math
from itertools import pairwise

from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import (
    Filter,
    Halved,
    MinibatchStd,
    Projection,
    doublings,
    keeping,
    labels_of,
    require_choice,
    require_positive,
    shorter,
)

from .dense import BiasedLeaky
from .wavelets import haar, inverse_haar

CONDITIONED = ("projection", "none")
MOST = 512  # channels of a map


class FilteredHalf(nn.Module):
    """A 3x3 convolution that takes every second pixel behind a filter of ``(1, 3, 3, 1)`` along each axis.

    Source: arXiv:1912.04958, app. B.

    Args:
        channels: that it takes.
        made: that it gives.
    """

    def __init__(self, channels: int, made: int) -> None:
        super().__init__()
        self.filter, self.convolution = Filter(), nn.Conv2d(channels, made, 3, stride=2, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, channels, 2H, 2W)`` -> ``(B, made, H, W)``."""
        out: Tensor = self.convolution(self.filter(x, padding=(2, 2)))
        return out


class WaveletDiscriminator(Discriminator):
    """StyleGAN2's discriminator with skips, which sees at each size the Haar wavelets of the image.

    The grid of a generator's windows is a pattern of high frequencies, which wavelets show. The image is halved with a
    filter from size to size. Its layers have no normalisation of their own: the authors' commands for training all
    take spectral normalisation, which is the term ``spectral-norm`` of a recipe.

    Source: arXiv:2112.10762, sec. 3.4, and the authors' code with spectral normalisation, without which their layers
        have equalised learning rates.
    Departs: sizes other than 4 doubled; with labels, projection is added to the verdict.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: channels at the wavelets of the image itself, and of the next size four times as many, then twice as many
            with each halving, up to 512; by default twice the shorter side, and at most 512. The paper has 32 at 1024
            pixels and 128 at 256.
        group: images whose deviation is taken together; the paper has 4.
        conditioning: how a label counts: ``projection``, the inner product of the features and the label's learned
            vector is added to the verdict; ``none``, it does not.

    Attributes:
        outputs: ``logits`` ``(B,)`` and ``features`` ``(B, F)``, what the last dense layer reads.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    outputs = frozenset({"logits", "features"})
    samples = "gathered"

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        width: int | None = None,
        group: int = 4,
        conditioning: str = "projection",
    ) -> None:
        super().__init__()
        width = min(MOST, 2 * shorter(image_size)) if width is None else width
        require_positive(width=width, group=group)
        require_choice(CONDITIONED, conditioning=conditioning)
        base, times = doublings(image_size)
        widths = [max(width, min(MOST, width << i)) for i in range(times + 1)]
        seen = [widths[0], *widths[2:]] if times > 1 else widths[1:]  # wavelets halve the image once
        last = seen[-1]
        self.from_wavelets = nn.ModuleList(
            nn.Sequential(nn.Conv2d(4 * channels, made, 1, bias=False), BiasedLeaky(made)) for made in seen
        )
        self.stages = nn.ModuleList(
            nn.Sequential(
                keeping(narrow, narrow, bias=False), BiasedLeaky(narrow), FilteredHalf(narrow, made), BiasedLeaky(made)
            )
            for narrow, made in pairwise(seen)
        )
        self.smaller, self.deviation = Halved(), MinibatchStd(group)
        self.features = nn.Sequential(
            keeping(last + 1, last, bias=False),
            BiasedLeaky(last),
            nn.Flatten(),
            nn.Linear(last * math.prod(base), last),
            BiasedLeaky(last),
        )
        self.head = nn.Linear(last, 1)
        projected = bool(num_classes) and conditioning == "projection"
        self.projection = Projection(num_classes, last) if projected else None

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> logits ``(B,)`` and features ``(B, F)``."""
        wavelets = haar(x)
        h = self.from_wavelets[0](wavelets)
        for stage, from_wavelets in zip(self.stages, self.from_wavelets[1:], strict=True):
            wavelets = haar(self.smaller(inverse_haar(wavelets)))
            h = stage(h) + from_wavelets(wavelets)
        features = self.features(self.deviation(h))
        logits = self.head(features).squeeze(1)
        if self.projection is not None:
            logits = logits + self.projection(features, labels_of(y))
        return {"logits": logits, "features": features}
