"""The StyleGAN3 generator, also called alias-free GAN."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import MappedGenerator, Size
from ganzoo.layers import require_choice, require_positive, shorter

from .alias_free import AliasFreeImage, AliasFreeLayer
from .bands import bands, default_layers
from .fourier import FourierInput
from .mapping import Mapping
from .scaled import scale_together
from .widths import MOST, default_width

EQUIVARIANCE = ("translation", "rotation")


class StyleGAN3Generator(MappedGenerator):
    """A mapping network, and a synthesis network whose maps stand for continuous signals that it does not alias.

    It begins with sine waves on a plane that the style moves. Each layer convolves, and takes leaky ReLU at twice the
    sampling rate, between filters that cut off what a map cannot hold; the limit grows from layer to layer. There is no
    noise, and maps reach beyond the image, so that nothing tells a layer where a pixel is: images move as the plane
    does. With ``rotation``, convolutions are 1x1 and filters treat all directions alike, so that images turn as well.

    Source: arXiv:2106.12423, sec. 3; ``translation`` and ``rotation`` are its configurations T and R.
    Departs: the images pass tanh, where the paper's have no bounds; nothing is clamped, as in the authors' code in
        single precision; no mean style is kept, so that truncation takes one of its own; rectangles, and sizes other
        than 4 doubled.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent.
        w_dim: length of a style.
        depth: layers of the mapping network.
        width: channels of maps whose cutoff is half the images' sampling rate, and of others in inverse proportion to
            the cutoff, up to 512, or 1024 with ``rotation``; by default 64 at 32x32, in proportion at other sizes, and
            twice that with ``rotation``.
        layers: how many there are, 3 or more, without the first and the last; by default two for each size from 4 to 7
            pixels on, up to the paper's 14.
        margin: pixels of the maps beyond each side of the image.
        output_scale: factor of what the last layer gives, above 0.
        equivariance: ``translation`` or ``rotation``.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    samples = "gathered"

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
        layers: int | None = None,
        margin: int = 10,
        output_scale: float = 0.25,
        equivariance: str = "translation",
    ) -> None:
        super().__init__()
        require_choice(EQUIVARIANCE, equivariance=equivariance)
        turns = equivariance == "rotation"
        width = default_width(image_size) * (1 + turns) if width is None else width
        layers = default_layers(image_size) if layers is None else layers
        require_positive(z_dim=z_dim, w_dim=w_dim, depth=depth, width=width)
        if isinstance(output_scale, bool) or not isinstance(output_scale, int | float) or not output_scale > 0:
            raise RecipeError(f"output_scale is {output_scale!r}, and must be a number above 0")
        maps = bands(image_size, layers, margin)
        most = max(width, MOST * (1 + turns))
        widths = [round(min(width * (shorter(image_size) / 2) / band.cutoff, most)) for band in maps]
        self.z_dim, self.output_scale = z_dim, float(output_scale)
        self.mapping = Mapping(z_dim, num_classes, w_dim, depth)
        self.start = FourierInput(widths[0], w_dim, maps[0])
        before = [0, *range(layers - 1)]  # the first layer keeps the map of the waves
        self.layers = nn.ModuleList(
            AliasFreeLayer(widths[a], widths[b], w_dim, maps[a], maps[b], kernel=1 if turns else 3, radial=turns)
            for a, b in zip(before, range(layers), strict=True)
        )
        self.image = AliasFreeImage(widths[layers - 1], channels, w_dim)
        scale_together(self)

    def map(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` labels or None -> ``(B, layers + 2, w_dim)``, the same for all."""
        w: Tensor = self.mapping(z, y)
        return w[:, None].expand(-1, len(self.layers) + 2, -1)

    def synthesise(self, w: Tensor, transform: Tensor | None = None) -> Tensor:
        """Make images of styles, on a plane that may be moved.

        Args:
            w: ``(B, layers + 2, w_dim)`` styles.
            transform: ``(3, 3)``, or one for each image, ``(B, 3, 3)``: at the point p of the image, as ``(x, y, 1)``
                from its middle, in units of its shorter side and with y downwards, is what was at ``transform @ p``.
                None for the identity.

        Returns:
            ``(B, C, H, W)`` images in [-1, 1].
        """
        h: Tensor = self.start(w[:, 0], transform)
        for i, layer in enumerate(self.layers, start=1):
            h = layer(h, w[:, i])
        return torch.tanh(self.output_scale * self.image(h, w[:, -1]))
