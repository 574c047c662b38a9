"""Rows of data at rest, chosen, and as networks see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ....data.feeds.picked import Picked
from ....interfaces import Modality, Row
from ....samples import Sample, each, leaves
from ....seeds import stream

PLAYING = 4  # the stream of evaluation noise that a modality plays rows with where they are only looked at


def length(modality: Modality, fields: Row) -> int:
    """Return how many rows there are: those of the shortest field, where they are dealt apart.

    Fields that are no samples (``Modality.whole``), such as a list of all values, do not count.
    """
    return min(len(fields[name]) for name in fields if name not in modality.whole)


def first(fields: Row, n: int = 1, *, again: bool = False) -> Row:
    """Return the first ``n`` rows of each field; one that has fewer gives these, or begins ``again``."""
    return {name: fields[name][torch.arange(n) % len(fields[name]) if again else slice(n)] for name in fields}


def together(modality: Modality, fields: Mapping[str, Tensor]) -> bool:
    """Tell whether a modality deals all fields by one index, so that a row is one of every field."""
    return len(set(modality.deal(fields, 0).by.values())) == 1


def whole(sample: Sample) -> bool:
    """Tell whether samples at rest are as many of every name, so that each is one."""
    return len({len(tensor) for tensor in leaves(sample)}) == 1


def some(modality: Modality, fields: Mapping[str, Tensor], n: int, rng: torch.Generator) -> Row:
    """Return at most ``n`` rows at random, on the CPU: of fields that are dealt apart those that a deal gives first."""
    deal = modality.deal(fields, 0)
    if len(set(deal.by.values())) > 1:
        return picked(fields, deal.by, deal.take(0, min(n, length(modality, fields))), "cpu")
    pick = torch.randperm(length(modality, fields), generator=rng)[:n]
    return {name: tensor[pick] for name, tensor in fields.items()}


def picked(
    fields: Mapping[str, Tensor], by: Mapping[str, str], index: Mapping[str, Tensor], device: torch.device | str
) -> Row:
    """Return rows of fields that lie on the CPU, each moved to a device when it is read."""
    rows = {name: chosen.cpu() for name, chosen in index.items()}
    return Picked(fields, lambda name: fields[name][rows[by[name]]].to(device))


def played(modality: Modality, row: Row, device: torch.device, *, conditional: bool) -> tuple[Sample, Any]:
    """Return rows as the players see them, on a device, unmirrored; what a modality draws is the same each time.

    Args:
        modality: of the rows.
        row: at rest.
        device: where they are wanted.
        conditional: whether the players see conditions; else there are none.
    """
    rng = torch.Generator(device).manual_seed(stream(0, "evaluation", PLAYING))
    x, y = modality.play({name: row[name].to(device) for name in row}, flips=False, rng=rng)
    return x, y if conditional else None


def on(device: torch.device | str, sample: Sample | None) -> Any:
    """Return a sample or conditions on a device; of None, None."""
    return each(lambda tensor: tensor.to(device), sample)
