"""Generators of rows in two stages: latents to scores, scores to rows."""

from __future__ import annotations

from abc import abstractmethod

from torch import Tensor

from ganzoo.interfaces import Generator

from .spans import Spans


class ScoredGenerator(Generator):
    """A generator of rows that tells the scores its choices are drawn by.

    Attributes:
        spans: what lies side by side in a row.
        conditions: how many values a condition counts; 0 for none.
    """

    spans: Spans
    conditions: int

    @abstractmethod
    def scores(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` labels or None -> ``(B, D)``: the logits of modes and choices, side by side
        with what becomes a value.
        """

    @abstractmethod
    def drawn(self, scores: Tensor) -> Tensor:
        """``(B, D)`` scores -> ``(B, D)`` rows in play."""

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` labels or None -> ``(B, D)`` rows in play."""
        return self.drawn(self.scores(z, y))
