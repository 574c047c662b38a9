"""Bringing images to another size by the rule that the FID was defined with."""

import torch
from torch import Tensor


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
