"""Batches of samples, and batches of packs."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor

from ...errors import RecipeError
from ...samples import each


def pack(x: Any, m: int) -> Any:
    """Stack each ``m`` neighbours along their channels: ``(B, C, ...)`` -> ``(ceil(B / m), m * C, ...)``.

    Of named tensors each is stacked so. Where ``m`` does not divide B, the last pack is filled up with the batch's
    first samples.
    """
    return each(partial(_stacked, m), x)


def _stacked(m: int, x: Tensor) -> Tensor:
    batch, packs = len(x), -(-len(x) // m)
    if batch != packs * m:
        x = x[torch.arange(packs * m, device=x.device) % batch]
    return x.reshape(packs, m * x.shape[1], *x.shape[2:])


def unpack(verdict: Tensor, m: int, batch: int) -> Tensor:
    """Give each of ``batch`` samples the verdict on its pack: ``(ceil(B / m), ...)`` -> ``(B, ...)``."""
    return verdict.unsqueeze(1).expand(-1, m, *verdict.shape[1:]).flatten(0, 1)[:batch]


def require_pack(batch: int, m: int) -> None:
    """Check that a batch fills a pack.

    Raises:
        RecipeError: it does not.
    """
    if batch < m:
        raise RecipeError(
            f"packing is {m}, and a batch of {batch} fills no pack: "
            f"give schedule.batch at least {m}, or packing at most {batch}"
        )
