"""The data of a bench as its page tells of them."""

from __future__ import annotations

from ....drawing import shown_channels, shown_numbers
from ....text import printable
from ...results.bench_files.bench_results import DatasetFacts


def told(data: DatasetFacts) -> str:
    """Return number and shape of the data, for people."""
    if data.modality is not None:
        return printable(data.described or f"{data.n:,} {data.samples}")
    size = f"{data.height}×{data.width}×{data.channels}"
    if data.points:
        size = "1 number" if data.channels == 1 else f"{data.channels} numbers"
    return f"{data.n:,} {data.samples} of {size}"


def part_shown(data: DatasetFacts, said: str) -> str:
    """Return the part of each sample that pictures show, where it is not all of it.

    Args:
        data: of the bench.
        said: by the pictures themselves. Those of old benches are silent, and the shape of the data tells it.
    """
    if said or data.modality is not None:
        return said
    return shown_numbers(data.channels) if data.points else shown_channels(data.channels)[1]
