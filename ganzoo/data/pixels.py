"""Between bytes at rest and the range that networks play in, on whatever device the tensor is."""

import torch
from torch import Tensor


def to_unit(images: Tensor) -> Tensor:
    """uint8 -> float32 in [-1, 1]."""
    return images.to(torch.float32).div_(127.5).sub_(1.0)


def to_uint8(images: Tensor) -> Tensor:
    """[-1, 1] -> uint8, rounded to the nearest as a saved image would be; what lies outside is clamped.

    The inverse of ``to_unit``, exactly.
    """
    return images.to(torch.float32).mul(127.5).add_(128.0).clamp_(0.0, 255.0).to(torch.uint8)


def flip(images: Tensor, rng: torch.Generator) -> Tensor:
    """Mirror each image of ``(B, C, H, W)`` left to right with probability one half; ``rng`` lives on its device."""
    coin = torch.rand(images.shape[0], 1, 1, 1, generator=rng, device=images.device) < 0.5
    return torch.where(coin, images.flip(3), images)
