"""The discriminator of CTGAN."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from ganzoo.errors import RecipeError
from ganzoo.layers import pack, require_positive, unpack

from .one_hot import one_hot
from .packed_critic import PackedCritic
from .spans import Spans
from .spans import width as width_of


class PackedTableDiscriminator(PackedCritic):
    """Dense layers over a pack of rows and their conditions to one number, with leaky rectifiers and dropout.

    Source: arXiv:1907.00503, sec. 4.4; packs are those of arXiv:1712.04086. The order of a layer, its rectifier and its
        dropout is that of sdv-dev/CTGAN@f4fcd21.

    Args:
        spans: what lies side by side in a row.
        num_classes: how many values a condition counts; 0 for none.
        packing: how many rows make a pack; where they do not fill the batch's last one, the first rows do.
        width: units of each layer.
        depth: how many layers there are.
        dropout: share of the units that are dropped.

    Raises:
        RecipeError: a parameter is out of range.
    """

    def __init__(
        self,
        *,
        spans: Spans,
        num_classes: int,
        packing: int = 10,
        width: int = 256,
        depth: int = 2,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        require_positive(packing=packing, width=width, depth=depth)
        if not 0 <= dropout < 1:
            raise RecipeError(f"dropout is {dropout!r}, and must be at least 0 and below 1")
        self.packing, self.conditions = packing, num_classes
        if packing == 1:
            self.samples = "apart"
        sizes = [packing * (width_of(spans) + num_classes), *[width] * depth]
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), nn.LeakyReLU(0.2), nn.Dropout(dropout)]
        self.net = nn.Sequential(*layers, nn.Linear(width, 1))

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """See ``PackedCritic.forward``."""
        if self.conditions and y is not None:
            shares = y if y.is_floating_point() else one_hot(y, self.conditions)
            x = torch.cat([x, shares.to(x.dtype)], dim=1)
        verdict = self.net(pack(x, self.packing)).squeeze(1)
        return {"logits": unpack(verdict, self.packing, len(x))}
