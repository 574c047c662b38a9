"""The R3GAN discriminator."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import Halved, require_choice

from .stages import CONDITIONED, Label, Stages, convolution, start


class R3GANDiscriminator(Discriminator):
    """The generator's mirror image: a 1x1 convolution, residual blocks at every size, and a learned base.

    Between two sizes, every second pixel is taken after a filter of ``(1, 3, 3, 1)`` along each axis, the generator's.
    The base of 4 to 7 pixels ends in a depthwise convolution over all of it and a dense layer. Nothing is normalised.

    Source: arXiv:2501.05441, sec. 3 and the appendix on architectures; labels by projection and the filter are
        those of the authors' code.
    Departs: sizes other than 4 doubled.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: channels at the size of the images, and twice as many with each halving, up to 768; by default 64 at
            32x32, in proportion at other sizes. The paper's setting for CIFAR-10 is 768.
        blocks: residual blocks at each size; the paper has 2.
        expansion: how much wider a block is inside.
        cardinality: groups of the 3x3 convolutions, 96 in the paper's width; by default, so many that a group has
            16 channels as in the paper.
        conditioning: how a label counts: ``projection``, the inner product of what the dense layer gives and the
            label's learned vector is the verdict; ``none``, it is left to others, such as an auxiliary classifier.

    Attributes:
        outputs: ``logits`` ``(B,)`` and ``features`` ``(B, F)``, what the dense layer reads.

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
        blocks: int = 1,
        expansion: int = 2,
        cardinality: int | None = None,
        conditioning: str = "projection",
    ) -> None:
        super().__init__()
        require_choice(CONDITIONED, conditioning=conditioning)
        stages = Stages(image_size, width, blocks, expansion, cardinality)
        first, last = stages.widths[-1], stages.widths[0]
        layers: list[nn.Module] = [*stages.blocks(first)]
        for small, large in reversed(stages.steps):
            layers += [Halved()]
            layers += [convolution(large, small)] if small != large else []
            layers += stages.blocks(small)
        self.from_image = convolution(channels, first)
        self.body = nn.Sequential(*layers)
        self.base = nn.Conv2d(last, last, stages.base, groups=last, bias=False)
        projected = bool(num_classes) and conditioning == "projection"
        self.label = Label(num_classes, last, last**-0.5) if projected else None
        self.head = nn.Linear(last, last if projected else 1, bias=False)
        start(self.base.weight)
        start(self.head.weight)

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> logits ``(B,)`` and features ``(B, F)``."""
        h = self.from_image(x)
        h = h.contiguous(memory_format=torch.channels_last)  # which images of one channel cannot tell it to be
        features = self.base(self.body(h)).flatten(1)
        verdict = self.head(features)
        logits = verdict.squeeze(1) if self.label is None else (verdict * self.label(y)).sum(dim=1)
        return {"logits": logits, "features": features}
