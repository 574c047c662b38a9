"""Preprocessing of images for a published network: colour, size, scale, and so many at a time."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ganzoo.errors import MetricError


def _ends(old: int, new: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Of each new pixel: the old one before it, the one after it, and how far it lies between them."""
    at = torch.arange(new, dtype=torch.float32, device=device) * torch.tensor(old / new, dtype=torch.float32)
    low = at.long()
    return low, (low + 1).clamp_max(old - 1), at - low.float()


def enlarged(images: Tensor, side: int) -> Tensor:
    """``(B, C, H, W)`` float32 -> ``(B, C, side, side)``, bilinear, corners as TensorFlow 1 places them.

    To the bit what torch-fidelity computes, in a fraction of the time: rows first, while there are few of them.
    """
    left, right, across = _ends(images.shape[3], side, images.device)
    above, below, down = _ends(images.shape[2], side, images.device)
    near = images.index_select(3, left)
    wide = near + (images.index_select(3, right) - near) * across
    top = wide.index_select(2, above)
    return top + (wide.index_select(2, below) - top) * down[:, None]


def coloured(images: Tensor, extractor: str) -> Tensor:
    """``(B, 1 or 3, H, W)`` -> ``(B, 3, H, W)``, a grey channel three times.

    Raises:
        MetricError: the images have neither one channel nor three; the sentence names the ``extractor``.
    """
    if images.shape[1] not in (1, 3):
        raise MetricError(f"the extractor {extractor} sees images of 1 or 3 channels, not {images.shape[1]}")
    return images.expand(-1, 3, -1, -1)


def standardised(images: Tensor, side: int, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """``(B, 3, H, W)`` uint8 -> ``(B, 3, side, side)`` float32, enlarged, less the mean, over the standard deviation.

    Args:
        images: the images.
        side: of what comes out, in pixels.
        mean: of each channel, as a share of 255.
        std: likewise.
    """
    centre, scale = (
        torch.tensor([255 * value for value in values], dtype=torch.float32, device=images.device).view(3, 1, 1)
        for values in (mean, std)
    )
    return enlarged(images.float(), side).sub_(centre).div_(scale)


def in_parts(images: Tensor, most: int, see: Callable[[Tensor], Tensor]) -> Tensor:
    """Return what ``see`` makes of images, shown ``most`` at a time in even parts, so that memory stays bounded."""
    parts = images.tensor_split(max(1, -(-len(images) // most)))
    return torch.cat([see(part) for part in parts])
