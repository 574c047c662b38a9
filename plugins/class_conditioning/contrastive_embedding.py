"""Images and labels on one unit sphere."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import normalize

from ganzoo.interfaces import Discriminator
from ganzoo.layers import output_shape, require_blind, require_labels


class Embedding(nn.Module):
    """A dense layer on D's features and a learned vector for each label, both scaled to length 1.

    Args:
        D: the discriminator whose features are read.
        dim: length of a vector.
        who: the part that asks, for the refusal.

    Raises:
        RecipeError: the game has no labels, or D's features have seen them.
    """

    def __init__(self, D: Discriminator, dim: int, who: str) -> None:
        super().__init__()
        classes = require_labels(D, who)
        require_blind(D, "features", who)
        self.project = nn.Linear(output_shape(D, "features").numel(), dim)
        self.label = nn.Embedding(classes, dim)

    def forward(self, features: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """``(B, F)`` features, ``(B,)`` labels -> the images' and the labels' vectors, each ``(B, dim)``."""
        return normalize(self.project(features), dim=1), normalize(self.label(y), dim=1)
