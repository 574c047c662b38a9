"""Rows as metrics of tables see them."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from ganzoo.interfaces import Metric

from .spans import Spans


class TableMetric(Metric):
    """A metric of rows of a table, without an extractor.

    Built with the keyword ``spans`` of its table, which tells columns of numbers from columns of choices.

    Args:
        spans: of the table, what lies side by side in play.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"rows"})
    title: ClassVar[str]

    def __init__(self, *, spans: Spans) -> None:
        # of each column, how many values a choice has; 0 for numbers
        self._sizes = tuple(size if sort == "choice" else 0 for sort, size in spans if sort != "mode")

    def look(self, sample: Tensor, target: Tensor | None) -> dict[str, Tensor]:
        """The rows themselves, ``(B, columns)``."""
        return {"rows": sample}

    def label(self, extractor: str) -> str:
        """Return the title, which names no extractor."""
        return self.title

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """All rows are kept."""
        return {"rows": seen["rows"]}

    def standardised(self, rows: Tensor, real: Tensor) -> Tensor:
        """Return rows as vectors ``(N, D)`` float64: numbers less the real mean over the real standard deviation, and
        choices one-hot over the root of 2, so that two different ones are 1 apart.
        """
        rows, real = rows.double().cpu(), real.double().cpu()
        parts = []
        for column, size in enumerate(self._sizes):
            if size:
                parts.append((rows[:, column, None] == torch.arange(size)).double() / 2**0.5)
            else:
                std = real[:, column].std(correction=0)
                parts.append((rows[:, column, None] - real[:, column].mean()) / (std if std > 0 else 1.0))
        return torch.cat(parts, dim=1)
