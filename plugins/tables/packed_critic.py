"""Discriminators that judge several rows at once."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Literal

from torch import Tensor

from ganzoo.interfaces import Discriminator


class PackedCritic(Discriminator):
    """A discriminator of packs of neighbouring rows, which takes mixtures of conditions as well.

    Attributes:
        packing: how many rows make a pack. Each row of a pack gets its verdict.
        conditions: how many values a condition counts; 0 for none.
    """

    samples: Literal["apart", "gathered", "mixed"] = "mixed"
    packing: int
    conditions: int

    @abstractmethod
    def forward(self, x: Tensor, y: Any = None) -> dict[str, Tensor]:
        """``(B, D)`` rows in play, ``(B,)`` int64 labels, or ``(B, conditions)`` shares of them, or None -> logits
        ``(B,)``.
        """
