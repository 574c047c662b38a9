"""Affine maps of colours."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def recoloured(
    x: Tensor, *, brightness: Tensor, contrast: Tensor, luma: Tensor, hue: Tensor, saturation: Tensor
) -> Tensor:
    """Images with other colours: brightness, contrast, luma flip, hue and saturation, in this order.

    A colour is the sum of its grey, the mean of its channels, and the rest. All maps but the first leave the two
    apart, and so the chain is written down at once: the grey takes brightness, contrast and the flip; the rest takes
    contrast, a rotation about the grey axis, and the saturation. With one channel there is no rest, and with other
    than three there is no rotation.

    Source: arXiv:2006.06676, app. B, whose 4x4 matrices this is the product of.

    Args:
        x: ``(B, C, H, W)`` images in [-1, 1].
        brightness: added to every channel. This and all that follow are ``(B,)``.
        contrast: what all channels are multiplied by.
        luma: -1 where light and dark change places, else 1.
        hue: the angle of the rotation, in radians.
        saturation: what the rest is multiplied by.
    """
    brightness, contrast, luma, hue, saturation = (
        v[:, None, None, None] for v in (brightness, contrast, luma, hue, saturation)
    )
    grey = x.mean(dim=1, keepdim=True)
    rest = x - grey
    if x.shape[1] == 3:
        across = (rest.roll(1, dims=1) - rest.roll(-1, dims=1)) / math.sqrt(3)
        rest = torch.cos(hue) * rest + torch.sin(hue) * across
    return contrast * (luma * (grey + brightness) + saturation * rest)
