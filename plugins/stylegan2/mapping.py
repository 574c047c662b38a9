"""The mapping network."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from ganzoo.layers import labels_of

from .equalised import GAIN, EqualisedLabel, EqualisedLinear, activate


def unit_square(x: Tensor) -> Tensor:
    """Vectors ``(B, N)`` scaled so that the mean of their squares is 1 (arXiv:1710.10196, sec. 4.2)."""
    return x * (x.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()


class Mapping(nn.Module):
    """Dense layers from a latent, a label, or both, to a vector of a space that training shapes.

    A label's learned vector is normalised as the latent is, and stands behind it. What the layers give is not.

    Source: arXiv:1812.04948, sec. 2; labels as in the authors' code for arXiv:2006.06676.

    Args:
        z_dim: length of a latent; 0 for none.
        num_classes: how many labels there are; 0 for none.
        made: length of what it gives.
        depth: how many layers.
    """

    def __init__(self, z_dim: int, num_classes: int, made: int, depth: int) -> None:
        super().__init__()
        self.label = EqualisedLabel(num_classes, made) if num_classes else None
        features = z_dim + (made if num_classes else 0)
        sizes = [features, *[made] * depth]
        self.layers = nn.ModuleList(EqualisedLinear(a, b, lr=0.01, gain=GAIN) for a, b in pairwise(sizes))

    def forward(self, z: Tensor | None, y: Tensor | None) -> Tensor:
        """``(B, z_dim)`` latents or None, ``(B,)`` int64 labels or None -> ``(B, made)``."""
        given = [] if z is None else [unit_square(z)]
        if self.label is not None:
            given.append(unit_square(self.label(labels_of(y))))
        h = torch.cat(given, dim=1)
        for layer in self.layers:
            h = activate(layer(h))
        return h
