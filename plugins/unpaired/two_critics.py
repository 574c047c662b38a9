"""The discriminators of CycleGAN."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Size
from ganzoo.layers import NORMS, halvings_of_patches, init_normal, patch_layers, require_choice, require_positive


class TwoCritics(Discriminator):
    """A patch discriminator for each of two domains, which is shown neither conditions nor the other domain.

    Source: arXiv:1703.10593, sec. 7.2, where patches have 70x70 pixels; see ``ganzoo.layers.patch_layers``.
    Departs: pictures too small for three strided layers have fewer.

    Args:
        image_size: height and width of the pictures, each at least 4.
        channels: of the pictures.
        domains: names of the two, ``a`` and ``b``.
        width: channels of the first layer.
        layers: convolutions of stride 2; None for three, or as many as leave verdicts.
        norm: ``instance`` as in the paper, ``batch`` or ``none``.

    Attributes:
        outputs: ``a`` and ``b``, ``(B, P)`` logits of each domain, and ``logits``, both side by side.
        heads: ``a`` and ``b``, of which each counts half.

    Raises:
        RecipeError: a parameter is out of range.
    """

    outputs = frozenset({"logits", "a", "b"})
    heads = ("a", "b")

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        domains: tuple[str, ...],
        width: int = 64,
        layers: int | None = None,
        norm: str = "instance",
    ) -> None:
        super().__init__()
        require_positive(width=width)
        require_choice(NORMS, norm=norm)
        layers = halvings_of_patches(image_size) if layers is None else layers
        self.of = nn.ModuleDict(
            {name: patch_layers(channels, width=width, layers=layers, norm=norm) for name in domains}
        )
        self.apply(lambda module: init_normal(module, 0.02))

    def forward(self, x: Any, y: Any = None) -> dict[str, Tensor]:
        """``{"a", "b"}`` pictures ``(B, C, H, W)`` in [-1, 1] -> ``(B, P)`` logits of each, ``(B, 2 P)`` of both."""
        said = {name: critic(x[name]).flatten(1) for name, critic in self.of.items()}
        return {"logits": torch.cat([*said.values()], dim=1), **said}
