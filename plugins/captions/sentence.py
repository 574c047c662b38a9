"""Sentences as both players see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from ganzoo.errors import RecipeError


class ProjectedSentence(nn.Module):
    """The vector of a sentence, projected and rectified: ``(B, E)`` -> ``(B, size)``.

    Args:
        sentence_size: E.
        size: of what it becomes.
    """

    def __init__(self, sentence_size: int, size: int) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(sentence_size, size), nn.LeakyReLU(0.2))

    def forward(self, y: Any) -> Tensor:
        """Conditions, ``{"vector": (B, E), ...}`` or the vectors alone -> ``(B, size)``."""
        if y is None:
            raise RecipeError("this network was built for sentences and is given none: write conditional: true")
        out: Tensor = self.net(y["vector"] if isinstance(y, Mapping) else y)
        return out
