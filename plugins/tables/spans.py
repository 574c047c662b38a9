"""Numbers of a row in play, as they lie side by side."""

from __future__ import annotations

from torch import Tensor

Spans = tuple[tuple[str, int], ...]
"""Sizes of what lies side by side, each behind its sort: ``value`` (1) and then ``mode`` of a column of numbers,
``choice`` of a column of choices."""


def width(spans: Spans) -> int:
    """Return how many numbers a row in play has."""
    return sum(size for _, size in spans)


def split(x: Tensor, spans: Spans) -> list[tuple[str, Tensor]]:
    """Return the pieces ``(B, size)`` of rows in play ``(B, D)``, each behind its sort."""
    pieces = x.split([size for _, size in spans], dim=1)
    return [(sort, piece) for (sort, _), piece in zip(spans, pieces, strict=True)]


def choices(x: Tensor, spans: Spans) -> list[Tensor]:
    """Return the pieces of the columns of choices alone, whose values a condition counts from the first to the last."""
    return [piece for sort, piece in split(x, spans) if sort == "choice"]
