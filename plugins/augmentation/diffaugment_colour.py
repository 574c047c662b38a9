"""Random brightness, saturation and contrast."""

from __future__ import annotations

import torch
from torch import Tensor


def _uniform(x: Tensor) -> Tensor:
    """One number in [0, 1) for each image, ``(B, 1, 1, 1)``."""
    return torch.rand(len(x), 1, 1, 1, device=x.device, dtype=x.dtype)


def brightened(x: Tensor) -> Tensor:
    """Images plus a number in [-0.5, 0.5)."""
    return x + (_uniform(x) - 0.5)


def saturated(x: Tensor) -> Tensor:
    """Each pixel's distance from its grey, times a number in [0, 2); with one channel the image itself."""
    grey = x.mean(dim=1, keepdim=True)
    return (x - grey) * (2 * _uniform(x)) + grey


def contrasted(x: Tensor) -> Tensor:
    """Distance from the image's mean, times a number in [0.5, 1.5)."""
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    return (x - mean) * (_uniform(x) + 0.5) + mean
