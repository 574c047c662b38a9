"""The StyleGAN2 discriminator."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import Halved, MinibatchStd, doublings, require_choice, require_positive

from .equalised import GAIN, EqualisedConv2d, EqualisedLinear, activate
from .mapping import Mapping
from .scaled import scale_together
from .widths import ARCHITECTURES, default_width, width_at

CONDITIONED = ("projection", "none")


class DiscriminatorBlock(nn.Module):
    """A 3x3 convolution and one that halves the size; with a shortcut, ``(layers + shortcut) / sqrt(2)``.

    Source: arXiv:1912.04958, fig. 7.

    Args:
        channels: that it takes.
        made: that it gives.
        shortcut: the residual form.
    """

    def __init__(self, channels: int, made: int, *, shortcut: bool) -> None:
        super().__init__()
        self.keep = EqualisedConv2d(channels, channels, 3, gain=GAIN)
        self.shrink = EqualisedConv2d(channels, made, 3, halve=True, gain=GAIN)
        self.shortcut = EqualisedConv2d(channels, made, 1, halve=True, bias=False) if shortcut else None

    def forward(self, x: Tensor) -> Tensor:
        """``(B, channels, 2H, 2W)`` -> ``(B, made, H, W)``."""
        h = activate(self.shrink(activate(self.keep(x))))
        return h if self.shortcut is None else (h + self.shortcut(x)) * 0.5**0.5


class StyleGAN2Discriminator(Discriminator):
    """Blocks that halve the image down to 4 to 7 pixels, the deviation of the minibatch, and two dense layers.

    With ``resnet``, the paper's final form, blocks have shortcuts; with ``skip``, each block also sees the image,
    halved with a filter to its size; ``orig`` has neither, as the CIFAR-10 setting of arXiv:2006.06676.

    Source: arXiv:1912.04958, sec. 4.1 and fig. 7; labels by projection as in the authors' code for arXiv:2006.06676.
    Departs: sizes other than 4 doubled; ``depth`` layers map a label, where that code has 8.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: channels at the size of the images, and twice as many with each halving, up to 512; by default 64 at
            32x32, in proportion at other sizes. The paper's setting for CIFAR-10 is 512.
        architecture: ``resnet``, ``skip`` or ``orig``.
        group: images whose deviation is taken together; 0 to take none.
        depth: layers through which a label goes.
        conditioning: how a label counts: ``projection``, the features' inner product with its mapped vector is the
            verdict; ``none``, it is left to others, such as an auxiliary classifier.

    Attributes:
        outputs: ``logits`` ``(B,)`` and ``features`` ``(B, F)``, what the last dense layer reads.

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
        num_classes: int,
        width: int | None = None,
        architecture: str = "resnet",
        group: int = 4,
        depth: int = 2,
        conditioning: str = "projection",
    ) -> None:
        super().__init__()
        width = default_width(image_size) if width is None else width
        require_positive(width=width, depth=depth)
        require_choice(ARCHITECTURES, architecture=architecture)
        require_choice(CONDITIONED, conditioning=conditioning)
        if isinstance(group, bool) or not isinstance(group, int) or group < 0:
            raise RecipeError(f"group is {group!r}, and must be a whole number of images, or 0 for no deviation")
        base, times = doublings(image_size)
        widths = [width_at(width, i) for i in range(times + 1)]
        seen = widths if architecture == "skip" else widths[:1]
        self.from_image = nn.ModuleList(EqualisedConv2d(channels, made, 1, gain=GAIN) for made in seen)
        self.blocks = nn.ModuleList(
            DiscriminatorBlock(narrow, made, shortcut=architecture == "resnet") for narrow, made in pairwise(widths)
        )
        self.smaller = Halved()
        last = widths[-1]
        self.samples = "gathered" if group else "apart"
        self.deviation = MinibatchStd(group) if group else nn.Identity()
        self.conv = EqualisedConv2d(last + 1 if group else last, last, 3, gain=GAIN)
        self.dense = EqualisedLinear(last * math.prod(base), last, gain=GAIN)
        projected = bool(num_classes) and conditioning == "projection"
        self.label = Mapping(0, num_classes, last, depth) if projected else None
        self.head = EqualisedLinear(last, last if projected else 1)
        scale_together(self)

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> logits ``(B,)`` and features ``(B, F)``."""
        h = activate(self.from_image[0](x))
        h = h.contiguous(memory_format=torch.channels_last)  # which images of one channel cannot tell it to be
        for i, block in enumerate(self.blocks, 1):
            h = block(h)
            if i < len(self.from_image):
                x = self.smaller(x)
                h = h + activate(self.from_image[i](x))
        h = activate(self.conv(self.deviation(h)))
        features = activate(self.dense(h.flatten(1)))
        verdict = self.head(features)
        if self.label is None:
            return {"logits": verdict.squeeze(1), "features": features}
        wanted = self.label(None, y)
        return {"logits": (verdict * wanted).sum(dim=1) / wanted.shape[1] ** 0.5, "features": features}
