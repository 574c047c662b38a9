"""Random translation and cutout, by a whole number of pixels."""

from __future__ import annotations

import torch
from torch import Tensor


def _taken(x: Tensor, dim: int, shift: Tensor) -> Tensor:
    """Images moved by ``shift`` ``(B,)`` pixels along ``dim``; what comes from outside is zero."""
    size = x.shape[dim]
    source = torch.arange(size, device=x.device) - shift[:, None]
    shape = [len(x), 1, 1, 1]
    shape[dim] = size
    inside = ((source >= 0) & (source < size)).view(shape)
    return x.gather(dim, source.clamp(0, size - 1).view(shape).expand_as(x)) * inside


def moved(x: Tensor, share: float) -> Tensor:
    """Images moved along both axes, each by up to ``share`` of the size, rounded, with zeros where nothing comes from.

    Args:
        x: ``(B, C, H, W)``.
        share: of height and width.
    """
    for dim in (2, 3):
        most = int(x.shape[dim] * share + 0.5)
        x = _taken(x, dim, torch.randint(-most, most + 1, (len(x),), device=x.device))
    return x


def covered(x: Tensor, share: float) -> Tensor:
    """Images with a rectangle of ``share`` of height and width set to zero, which may stick out of the image.

    The centre falls anywhere in the image, so that as many corners and edges are covered as middles.

    Args:
        x: ``(B, C, H, W)``.
        share: of height and width.
    """
    hidden = torch.ones((), dtype=torch.bool, device=x.device)
    for dim in (2, 3):
        size = x.shape[dim]
        side = int(size * share + 0.5)
        shape = [len(x), 1, 1, 1]
        # with an even side the centre lies between two pixels, and there is one place more for it
        first = torch.randint(0, size + 1 - side % 2, (len(x),), device=x.device)[:, None] - side // 2
        along = torch.arange(size, device=x.device)
        shape[dim] = size
        hidden = hidden & ((along >= first) & (along < first + side)).view(shape)
    return x * ~hidden
