"""Columns of a table in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

if TYPE_CHECKING:
    from .modality import Table

MOST_WORDS = 6


def explained(table: Table, rows: Tensor) -> list[str]:
    """Say in a sentence each what the columns of rows at rest ``(N, columns)`` hold, with their numbers of modes."""
    told = []
    for name, words, modes, decimals, column in zip(
        table.columns, table.words, table.modes, table.decimals, rows.T, strict=True
    ):
        if words:
            more = ", ..." if len(words) > MOST_WORDS else ""
            listed = ", ".join(word or "(empty)" for word in words[:MOST_WORDS])
            told.append(f"{name}: one of {len(words)} choices: {listed}{more}")
            continue
        sort = f"numbers with {decimals} decimal{'s' if decimals > 1 else ''}" if decimals else "whole numbers"
        ends = f"{float(column.min()):.6g} to {float(column.max()):.6g}"
        told.append(f"{name}: {sort} from {ends}, of {len(modes)} mode{'s' if len(modes) > 1 else ''}")
    return told
