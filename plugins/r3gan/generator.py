"""The R3GAN generator."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Generator, Size
from ganzoo.layers import Doubled, require_positive

from .stages import Constant, Label, Stages, convolution


class R3GANGenerator(Generator):
    """Residual blocks at every size from a learned base of 4 to 7 pixels to the image, and a last 1x1 convolution.

    Between two sizes, a filter of ``(1, 3, 3, 1)`` along each axis interpolates: the authors' ``[1, 2, 1]`` is an
    argument, which their code convolves with ``[1, 1]``. Where the sizes differ in width, a 1x1 convolution comes
    first. Nothing is normalised. With labels, a learned vector joins the latent.

    Source: arXiv:2501.05441, sec. 3 and the appendix on architectures; the filter is that of the authors' code.
    Departs: the images pass tanh, where the paper's have no bounds; sizes other than 4 doubled.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent, and of a label's vector.
        width: channels at the size of the images, and twice as many with each halving, up to 768; by default 64 at
            32x32, in proportion at other sizes. The paper's setting for CIFAR-10 is 768.
        blocks: residual blocks at each size; the paper has 2.
        expansion: how much wider a block is inside.
        cardinality: groups of the 3x3 convolutions, 96 in the paper's width; by default, so many that a group has
            16 channels as in the paper.

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
        z_dim: int = 64,
        width: int | None = None,
        blocks: int = 1,
        expansion: int = 2,
        cardinality: int | None = None,
    ) -> None:
        super().__init__()
        require_positive(z_dim=z_dim)
        self.z_dim = z_dim
        stages = Stages(image_size, width, blocks, expansion, cardinality)
        self.label = Label(num_classes, z_dim) if num_classes else None
        layers: list[nn.Module] = [Constant(2 * z_dim if num_classes else z_dim, stages.widths[0], stages.base)]
        layers += stages.blocks(stages.widths[0])
        for small, large in stages.steps:
            layers += [convolution(small, large)] if small != large else []
            layers += [Doubled(), *stages.blocks(large)]
        self.net = nn.Sequential(*layers, convolution(stages.widths[-1], channels), nn.Tanh())

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels or None -> ``(B, C, H, W)`` images in [-1, 1]."""
        out: Tensor = self.net(z if self.label is None else torch.cat([z, self.label(y)], dim=1))
        return out
