"""Between pictures at rest, which are bytes, and pictures at play, in [-1, 1]."""

from __future__ import annotations

import torch
from torch import Tensor


def to_unit(pictures: Tensor) -> Tensor:
    """Give pictures as networks see them: uint8 -> float32 in [-1, 1], a copy."""
    return pictures.to(torch.float32, copy=True).div_(127.5).sub_(1.0)


def to_bytes(pictures: Tensor) -> Tensor:
    """[-1, 1] -> uint8, rounded to the nearest as a saved picture would be; what lies outside is clamped.

    The inverse of ``to_unit``, exactly.
    """
    return pictures.to(torch.float32).mul(127.5).add_(128.0).clamp_(0.0, 255.0).to(torch.uint8)


def coins(n: int, rng: torch.Generator) -> Tensor:
    """Toss ``n`` coins, ``(n, 1, 1, 1)`` bool, on the device of ``rng``."""
    return torch.rand(n, 1, 1, 1, generator=rng, device=rng.device) < 0.5


def mirrored(pictures: Tensor, coin: Tensor) -> Tensor:
    """Mirror those pictures of ``(B, C, H, W)`` left to right whose ``coin``, ``(B, 1, 1, 1)``, is true."""
    return torch.where(coin, pictures.flip(3), pictures)
