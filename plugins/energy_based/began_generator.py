"""The BEGAN generator."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Generator, Size
from ganzoo.layers import LabelledLatent, doublings, require_positive, shorter

from .began_decoder import decoder, init_glorot


class BEGANGenerator(Generator):
    """The discriminator's decoder with weights of its own: 3x3 convolutions, ELU, nearest upsampling.

    There is no normalisation. Latents are uniform in [-1, 1].

    Source: arXiv:1703.10717, fig. 1 and sec. 3.5.
    Departs: a tanh behind the last layer keeps images in their range; the smallest size is 4 to 7 pixels, where the
        paper has 8; the optional skip connections and vanishing residuals of sec. 3.5.1 are left out; with labels, a
        learned vector of the label joins the latent (arXiv:1411.1784).

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent.
        width: channels of every hidden layer; by default as many as the shorter side has pixels, the paper's 128 at
            128x128, and 16 at the least.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    mirror_symmetric = True

    def __init__(
        self, *, image_size: Size, channels: int, num_classes: int, z_dim: int = 64, width: int | None = None
    ) -> None:
        super().__init__()
        width = max(16, shorter(image_size)) if width is None else width
        require_positive(z_dim=z_dim, width=width)
        self.z_dim = z_dim
        base, times = doublings(image_size)
        self.label = LabelledLatent(num_classes, z_dim) if num_classes else None
        code = 2 * z_dim if num_classes else z_dim
        self.net = nn.Sequential(decoder(code, width, base, times, channels), nn.Tanh())
        self.net.apply(init_glorot)

    def sample_z(self, n: int, *, device: torch.device | str, rng: torch.Generator | None = None) -> Tensor:
        """Draw ``n`` latents, ``(n, z_dim)``, uniform in [-1, 1]."""
        return torch.rand(n, self.z_dim, device=device, generator=rng) * 2 - 1

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels or None -> ``(B, C, H, W)`` images in [-1, 1]."""
        out: Tensor = self.net(z if self.label is None else self.label(z, y))
        return out
