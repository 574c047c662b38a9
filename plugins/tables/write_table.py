"""Tables as files."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .modality import Table


def write_table(table: Table, rows: np.ndarray, path: Path) -> None:
    """Write rows at rest ``(N, columns)`` with a line of names; choices in their words, numbers with their decimals.

    ``.tsv`` has tabs between its columns, everything else commas.
    """
    columns = [
        [words[int(value)] for value in column] if words else [f"{value:.{decimals}f}" for value in column]
        for column, words, decimals in zip(rows.T, table.words, table.decimals, strict=True)
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ",", lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(zip(*columns, strict=True))
