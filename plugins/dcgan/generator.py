"""The DCGAN generator."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Generator, Size
from ganzoo.layers import LabelledLatent, doubling, doublings, hidden_widths, keeping, require_positive, scaled_width

from .init import init_dcgan, require_kernel


class DCGANGenerator(Generator):
    """A projected latent, doubled in size by transposed convolutions until it is an image.

    A dense layer makes a base of 4 to 7 pixels; each transposed convolution doubles the size and halves the
    channels. Batch normalisation and ReLU follow each but the last, which ends in tanh. At 64x64 with the
    default width the channels are 1024-512-256-128, as in the paper's figure 1.

    Source: arXiv:1511.06434, sec. 3 and fig. 1.
    Departs: other sizes than 64x64 have one transposed convolution per doubling, and those of a single doubling
        (8 to 14 pixels) a 3x3 convolution before it, of a second hidden layer; with labels, a learned vector of
        the label joins the latent (arXiv:1411.1784), which the paper does not have.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent.
        width: channels of the last hidden layer; by default the paper's 128 at 64x64, in proportion at other
            sizes, and 32 at the least.
        kernel: 5 as in the paper, or 4, which is cheaper and covers all pixels equally often.
        prior: ``uniform`` in [-1, 1] as in the paper, or standard ``normal``.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        z_dim: int = 100,
        width: int | None = None,
        kernel: int = 5,
        prior: str = "uniform",
    ) -> None:
        super().__init__()
        width = scaled_width(image_size, 128, 64) if width is None else width
        require_positive(z_dim=z_dim, width=width)
        require_kernel(kernel)
        if prior not in ("uniform", "normal"):
            raise RecipeError(f"prior is {prior!r}, and a dcgan generator draws from 'uniform' or 'normal'")
        self.z_dim, self.prior = z_dim, prior
        base, times = doublings(image_size)
        widths = hidden_widths(width, times)[::-1]
        self.label = LabelledLatent(num_classes, z_dim) if num_classes else None
        layers: list[nn.Module] = [
            nn.Linear(2 * z_dim if num_classes else z_dim, widths[0] * math.prod(base), bias=False),
            nn.BatchNorm1d(widths[0] * math.prod(base)),
            nn.ReLU(),
            nn.Unflatten(1, (widths[0], *base)),
        ]
        for wide, narrow in pairwise(widths):
            grow = doubling(wide, narrow, kernel, bias=False) if times > 1 else keeping(wide, narrow, bias=False)
            layers += [grow, nn.BatchNorm2d(narrow), nn.ReLU()]  # whose shift takes the place of a bias
        layers += [doubling(width, channels, kernel), nn.Tanh()]
        self.mirror_symmetric = kernel % 2 == 0
        self.net = nn.Sequential(*layers)
        self.net.apply(init_dcgan)

    def sample_z(self, n: int, *, device: torch.device | str, rng: torch.Generator | None = None) -> Tensor:
        """Draw ``n`` latents, ``(n, z_dim)``, from the prior."""
        if self.prior == "normal":
            return super().sample_z(n, device=device, rng=rng)
        return torch.rand(n, self.z_dim, device=device, generator=rng) * 2 - 1

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels or None -> ``(B, C, H, W)`` images in [-1, 1]."""
        out: Tensor = self.net(z if self.label is None else self.label(z, y))
        return out
