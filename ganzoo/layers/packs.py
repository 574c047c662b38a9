"""Batches of images, and batches of packs."""

from __future__ import annotations

import torch
from torch import Tensor

from ..errors import RecipeError


def pack(x: Tensor, m: int) -> Tensor:
    """Stack each ``m`` neighbours along their channels: ``(B, C, H, W)`` -> ``(ceil(B / m), m * C, H, W)``.

    Where ``m`` does not divide B, the last pack is filled up with the batch's first images.
    """
    batch, packs = len(x), -(-len(x) // m)
    if batch != packs * m:
        x = x[torch.arange(packs * m, device=x.device) % batch]
    return x.reshape(packs, m * x.shape[1], *x.shape[2:])


def unpack(verdict: Tensor, m: int, batch: int) -> Tensor:
    """Give each of ``batch`` images the verdict on its pack: ``(ceil(B / m), ...)`` -> ``(B, ...)``."""
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
