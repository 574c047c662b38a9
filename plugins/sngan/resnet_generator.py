"""The generator of the CIFAR-10 ResNet."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from ganzoo.interfaces import Generator, Size
from ganzoo.layers import (
    AdaptiveInstanceNorm2d,
    ConditionalBatchNorm2d,
    LabelledLatent,
    UpBlock,
    doublings,
    keeping,
    require_choice,
    require_positive,
    scaled_width,
)

from .resnet_init import init_glorot


class SNGANResNetGenerator(Generator):
    """A projected latent, doubled in size by residual blocks of one width until it is an image.

    Three blocks from 4x4 to 32x32, then batch normalisation, ReLU, a 3x3 convolution and tanh.

    Source: arXiv:1802.05957, app. B.4, table 4, at 32x32; weights start as in the authors' code. The
        class-conditional batch normalisation is that of arXiv:1802.05637.
    Departs: one block per doubling for other sizes. Every conditioning but ``cbn`` is of other papers, and so is a
        label in this network: ``concat`` arXiv:1411.1784, ``adain`` arXiv:1812.04948.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent.
        width: channels of every hidden layer; by default the paper's 256 at 32x32, in proportion at other sizes,
            and 32 at the least.
        conditioning: how a label counts: ``cbn``, each has gains and shifts of its own in the batch normalisations
            of the blocks; ``concat``, its learned vector joins the latent; ``adain``, instance normalisation stands
            in the blocks, with gains and shifts made of the latent and the label's learned vector, or, where there
            are no labels, of the latent.

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
        z_dim: int = 128,
        width: int | None = None,
        conditioning: str = "cbn",
    ) -> None:
        super().__init__()
        width = scaled_width(image_size, 256, 32) if width is None else width
        require_positive(z_dim=z_dim, width=width)
        require_choice(("concat", "cbn", "adain"), conditioning=conditioning)
        self.z_dim, self.conditioning = z_dim, conditioning
        base, times = doublings(image_size)
        joined = bool(num_classes) and conditioning != "cbn"
        given = 2 * z_dim if joined else z_dim
        norm: Callable[[int], nn.Module] = nn.BatchNorm2d
        if conditioning == "adain":
            norm = partial(AdaptiveInstanceNorm2d, features=given)
        elif conditioning == "cbn" and num_classes:
            norm = partial(ConditionalBatchNorm2d, classes=num_classes)
        self.base = nn.Sequential(nn.Linear(given, width * math.prod(base)), nn.Unflatten(1, (width, *base)))
        self.blocks = nn.ModuleList(UpBlock(width, width, norm) for _ in range(times))
        self.norm = nn.BatchNorm2d(width)
        self.last = keeping(width, channels)
        self.apply(init_glorot)
        nn.init.xavier_uniform_(self.last.weight)  # no ReLU follows it
        self.label = LabelledLatent(num_classes, z_dim) if joined else None
        self.by_class = conditioning == "cbn" and bool(num_classes)

    def _condition(self, given: Tensor, y: Tensor | None) -> tuple[Tensor, ...]:
        """Give the condition of the blocks' norms, if there is one."""
        if self.conditioning == "adain":
            return (given,)
        return (y,) if self.by_class and y is not None else ()

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels or None -> ``(B, C, H, W)`` images in [-1, 1]."""
        given = z if self.label is None else self.label(z, y)
        condition, h = self._condition(given, y), self.base(given)
        for block in self.blocks:
            h = block(h, *condition)
        return torch.tanh(self.last(relu(self.norm(h))))
