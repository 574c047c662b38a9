"""The StyleGAN2 generator."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import MappedGenerator, Size
from ganzoo.layers import Doubled, doublings, require_choice, require_positive

from .equalised import EqualisedConv2d
from .mapping import Mapping
from .modulated import StyledLayer, ToImage
from .scaled import scale_together
from .widths import ARCHITECTURES, default_width, width_at


class GeneratorBlock(nn.Module):
    """Two styled layers, of which the first doubles the size; with a shortcut, ``(layers + shortcut) / sqrt(2)``.

    Source: arXiv:1912.04958, fig. 7.

    Args:
        channels: that it takes.
        made: that it gives.
        style: length of a style.
        size: height and width of what it gives.
        shortcut: the residual form.
    """

    def __init__(self, channels: int, made: int, style: int, size: tuple[int, int], *, shortcut: bool) -> None:
        super().__init__()
        self.grow = StyledLayer(channels, made, style, size, double=True)
        self.keep = StyledLayer(made, made, style, size)
        self.shortcut = nn.Sequential(EqualisedConv2d(channels, made, 1, bias=False), Doubled()) if shortcut else None

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """``(B, channels, H, W)`` images, ``(B, 2, style)`` styles -> ``(B, made, 2H, 2W)``."""
        h = self.keep(self.grow(x, w[:, 0]), w[:, 1])
        out: Tensor = h if self.shortcut is None else (h + self.shortcut(x)) * 0.5**0.5
        return out


class StyleGAN2Generator(MappedGenerator):
    """A mapping network, and a synthesis network that grows a learned constant to an image under its styles.

    The constant is 4 to 7 pixels wide. Each doubling has two styled layers: modulated convolutions with
    demodulation, noise, leaky ReLU. With ``skip``, an image is made at every size, and the sum of all, each
    doubled with a filter to the next, is the result; with ``resnet`` the blocks have shortcuts, and with ``orig``
    nothing of either: one image is made of the last block. In training mode a part of the images is made of two
    latents, the second in place of the first from a random layer on.

    Source: arXiv:1912.04958, sec. 2 to 4 and fig. 7; mixing is arXiv:1812.04948, sec. 3.1.
    Departs: the images pass tanh, where the paper's have no bounds; the layer from which the second latent counts is
        drawn for each image, where the authors draw one for a batch; sizes other than 4 doubled; no mean style
        is kept, so that truncation takes one of its own.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent; the paper has 512.
        w_dim: length of a style; the paper has 512.
        depth: layers of the mapping network; the paper has 8, and 2 for CIFAR-10 (arXiv:2006.06676).
        width: channels at the size of the images, and twice as many with each halving, up to 512; by default 64 at
            32x32, in proportion at other sizes. The paper's setting for CIFAR-10 is 512.
        architecture: ``skip`` as in the paper's final form, ``resnet`` or ``orig``.
        mixing: how many of the images are made of two latents, from 0 to 1.

    Attributes:
        layers: how many styles an image has: one for each styled layer and one for the last image.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    mirror_symmetric = True

    rows: Tensor

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        num_classes: int,
        z_dim: int = 128,
        w_dim: int = 128,
        depth: int = 2,
        width: int | None = None,
        architecture: str = "skip",
        mixing: float = 0.9,
    ) -> None:
        super().__init__()
        width = default_width(image_size) if width is None else width
        require_positive(z_dim=z_dim, w_dim=w_dim, depth=depth, width=width)
        require_choice(ARCHITECTURES, architecture=architecture)
        if isinstance(mixing, bool) or not isinstance(mixing, int | float) or not 0 <= mixing <= 1:
            raise RecipeError(f"mixing is {mixing!r}, and must be a share of the images, from 0 to 1")
        self.z_dim, self.mixing, self.architecture = z_dim, mixing, architecture
        base, times = doublings(image_size)
        sizes = [(base[0] << i, base[1] << i) for i in range(times + 1)]
        widths = [width_at(width, times - i) for i in range(times + 1)]
        self.layers = 2 * len(sizes)
        self.mapping = Mapping(z_dim, num_classes, w_dim, depth)
        self.constant = nn.Parameter(torch.randn(1, widths[0], *base))
        self.first = StyledLayer(widths[0], widths[0], w_dim, base)
        self.blocks = nn.ModuleList(
            GeneratorBlock(narrow, made, w_dim, size, shortcut=architecture == "resnet")
            for narrow, made, size in zip(widths[:-1], widths[1:], sizes[1:], strict=True)
        )
        shown = widths if architecture == "skip" else widths[-1:]
        self.images = nn.ModuleList(ToImage(made, channels, w_dim) for made in shown)
        self.larger = Doubled()
        self.register_buffer("rows", torch.arange(self.layers)[:, None], persistent=False)
        scale_together(self)

    def map(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` labels or None -> ``(B, layers, w_dim)``; in training mode, mixed."""
        w = self.mapping(z, y)[:, None].expand(-1, self.layers, -1)
        if not (self.training and self.mixing):
            out: Tensor = w
            return out
        other = self.mapping(torch.randn_like(z), y)[:, None]
        cut = torch.randint(1, self.layers, (len(z), 1, 1), device=z.device)
        mixed = torch.rand(len(z), 1, 1, device=z.device) < self.mixing
        return torch.where(mixed & (self.rows >= cut), other, w)

    def synthesise(self, w: Tensor) -> Tensor:
        """``(B, layers, w_dim)`` styles -> ``(B, C, H, W)`` images in [-1, 1]."""
        constant = self.constant.expand(w.shape[0], -1, -1, -1)
        h: Tensor = self.first(constant.contiguous(memory_format=torch.channels_last), w[:, 0])
        made = [h]
        for i, block in enumerate(self.blocks):
            h = block(h, w[:, 2 * i + 1 : 2 * i + 3])
            made.append(h)
        if self.architecture != "skip":
            h = self.images[0](h, w[:, -1])
            return h.tanh()
        x = self.images[0](made[0], w[:, 1])
        for i, image in enumerate(self.images[1:], 1):
            x = self.larger(x) + image(made[i], w[:, 2 * i + 1])
        out: Tensor = x.tanh()
        return out
