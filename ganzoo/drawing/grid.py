"""Grids of images as one PNG that a person can read."""

from __future__ import annotations

import math

import numpy as np

from .png import png_bytes

# Small images are enlarged by a whole factor until they come near this many pixels, so that 8x8 digits can be read.
READABLE = 64
GAP = 2


def shown_channels(channels: int) -> tuple[int, str]:
    """Count those of an image's ``channels`` that a picture shows; with words on it, empty where all are shown."""
    if channels in (1, 3):
        return channels, ""
    if channels == 2:
        return 1, "the first of 2 channels"
    return 3, f"the first three of {channels} channels"


def grid_png(images: np.ndarray, columns: int | None = None) -> bytes:
    """Draw images side by side, as the bytes of a PNG.

    Small images are enlarged by a whole number, nearest neighbour: a pixel of theirs stays a crisp square. Of images
    with neither 1 nor 3 channels the first or the first three are shown, and the PNG's description says so.

    Args:
        images: ``(N, C, H, W)`` uint8, at least one.
        columns: how many stand in a row; by default as many as make the grid square.

    Raises:
        ValueError: ``images`` is none such.
    """
    from PIL import Image

    if images.ndim != 4 or images.dtype != np.uint8 or 0 in images.shape:
        raise ValueError(f"a grid is made of (N, C, H, W) uint8 images, not of {images.dtype} {images.shape}")
    n, channels, height, width = images.shape
    shown, said = shown_channels(channels)
    scale = max(1, READABLE // max(height, width))
    across = min(n, columns or math.ceil(math.sqrt(n)))
    down = math.ceil(n / across)
    high, wide = height * scale + GAP, width * scale + GAP
    # White between the images, as on paper; opaque, so that it looks the same on a dark page.
    canvas = np.full((down * high + GAP, across * wide + GAP, shown), 255, dtype=np.uint8)
    for i, image in enumerate(images[:, :shown]):
        top, left = i // across * high + GAP, i % across * wide + GAP
        large = image.transpose(1, 2, 0).repeat(scale, axis=0).repeat(scale, axis=1)
        canvas[top : top + height * scale, left : left + width * scale] = large
    picture = Image.fromarray(canvas[:, :, 0] if shown == 1 else canvas)
    return png_bytes(picture, description=f"shows {said}" if said else "")
