"""Images that belong together side by side, a title over each column, as one PNG."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .canvas import blank
from .grid import GAP, READABLE, shown_channels
from .palette import INK
from .png import png_bytes

TEXT = 14  # of the titles, in pixels
HEAD = 20  # above the images, for the titles
APART = 10  # between two groups that stand side by side


def columns(images: Sequence[np.ndarray], titles: Sequence[str]) -> bytes:
    """Draw images that belong together side by side, such as given, made and true ones, as the bytes of a PNG.

    A group has the images of one place, one of each set. Groups stand below each other, and in several columns of
    groups where they are many. All images are enlarged by a whole factor, nearest neighbour, smaller sets up to the
    size of the largest one; grey ones beside colour stay grey. The PNG's description names the columns, which a
    report says beside the picture.

    Args:
        images: sets of images at rest, each ``(N, C, H, W)`` uint8, of one ``N``, at least one; channels and sizes of
            two sets may differ. Of images with neither 1 nor 3 channels the first or the first three are shown.
        titles: of the sets, as short as ``made``.

    Raises:
        ValueError: ``images`` are none such, or there is not a title for each set.
    """
    from PIL import Image

    if not images or len(images) != len(titles):
        raise ValueError(f"columns have a title each, and there are {len(titles)} titles of {len(images)} columns")
    for one in images:
        if one.ndim != 4 or one.dtype != np.uint8 or 0 in one.shape or len(one) != len(images[0]):
            raise ValueError(
                f"columns are made of as many (N, C, H, W) uint8 images each, not of {one.dtype} {one.shape}"
            )
    n = len(images[0])
    largest = max(max(one.shape[2:]) for one in images)
    scale = max(1, READABLE // largest)
    sides = [_factor(one, largest * scale) for one in images]
    high = max(one.shape[2] * factor for one, factor in zip(images, sides, strict=True))
    _, ruler = blank(1, 1, TEXT)
    wide = [
        max(one.shape[3] * factor, math.ceil(ruler.textlength(title)))
        for one, factor, title in zip(images, sides, titles, strict=True)
    ]
    group = sum(wide) + GAP * len(wide) + APART
    across = min(n, max(1, round(math.sqrt(n * (high + GAP) / group))))
    down = math.ceil(n / across)
    picture, draw = blank(GAP + across * group - APART, HEAD + down * (high + GAP), TEXT)
    for place in range(across):
        x = GAP + place * group
        for title, width in zip(titles, wide, strict=True):
            draw.text((x, 1), title, INK)
            x += width + GAP
    for i in range(n):
        x, y = GAP + i % across * group, HEAD + i // across * (high + GAP)
        for one, factor, width in zip(images, sides, wide, strict=True):
            shown = one[i][: shown_channels(one.shape[1])[0]].transpose(1, 2, 0)
            large = shown.repeat(factor, axis=0).repeat(factor, axis=1)
            picture.paste(Image.fromarray(large[:, :, 0] if large.shape[2] == 1 else large), (x, y))
            x += width + GAP
    return png_bytes(picture, description=f"shows {' | '.join(titles)}, side by side")


def _factor(images: np.ndarray, side: int) -> int:
    """Return the whole factor by which images come nearest to a longer side of so many pixels, from below."""
    return max(1, side // int(max(images.shape[2:])))
