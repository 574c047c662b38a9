"""The discriminator of pix2pix."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ganzoo.interfaces import Discriminator, Size
from ganzoo.interfaces.size import sides
from ganzoo.layers import NORMS, halvings_of_patches, patch_layers, require_choice, require_positive

from .from_picture import enlarged_to
from .unet import init_paper


class PatchGAN(Discriminator):
    """A verdict on each patch of a picture, beside the one that it was made of: ``logits (B, P)``.

    See ``ganzoo.layers.patch_layers``. With three strided layers a patch has 70x70 pixels.

    Source: arXiv:1611.07004, sec. 3.2.2 and 6.1.2.
    Departs: pictures too small for three strided layers have fewer; a given picture of another size is brought to
        the wanted one's first. Convolutions before a batch norm have no biases.

    Args:
        image_size: height and width of the wanted picture, each at least 4.
        channels: of the wanted picture.
        given_channels: of the given picture; 0 where the discriminator is shown none.
        width: channels of the first layer.
        layers: convolutions of stride 2; None for three, or as many as leave verdicts.
        norm: ``batch``, ``instance``, which has no learned factor and shift, or ``none``.

    Attributes:
        outputs: ``logits`` ``(B, P)``.

    Raises:
        RecipeError: a parameter is out of range.
    """

    outputs = frozenset({"logits"})

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        given_channels: int = 0,
        width: int = 64,
        layers: int | None = None,
        norm: str = "batch",
    ) -> None:
        super().__init__()
        require_positive(width=width)
        require_choice(NORMS, norm=norm)
        layers = halvings_of_patches(image_size) if layers is None else layers
        self.size, self.sees = sides(image_size), given_channels > 0
        self.body = patch_layers(channels + given_channels, width=width, layers=layers, norm=norm)
        self.body.apply(init_paper)

    def forward(self, x: Tensor, y: Any = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` pictures, ``(B, G, h, w)`` given ones, both in [-1, 1] -> ``(B, P)`` logits."""
        seen = torch.cat([enlarged_to(y, *self.size), x], dim=1) if self.sees else x
        return {"logits": self.body(seen).flatten(1)}
