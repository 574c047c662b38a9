"""Images with their sentences beside them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping

import numpy as np

from ganzoo.drawing import INK, SOFT, blank, png_bytes, shown_channels

READABLE = 64  # pixels that small images are enlarged to
GAP, HEAD, APART = 4, 20, 16
TEXT, LINE = 13, 15  # of a sentence, in pixels
WIDE = 170  # of its column
LETTERS = 26  # of a line


def with_sentences(images: Mapping[str, np.ndarray], sentences: list[str] | None) -> bytes:
    """Draw images that belong together side by side, and their sentence beside them, as the bytes of a PNG.

    Args:
        images: sets ``(N, C, H, W)`` uint8 of one shape, at least one, by the title over their column.
        sentences: of each place; None for none.
    """
    from PIL import Image

    n, channels, height, width = next(iter(images.values())).shape
    scale = max(1, READABLE // max(height, width))
    high, wide = max(height * scale, 4 * LINE), width * scale
    shown = shown_channels(channels)[0]
    group = (WIDE if sentences else 0) + len(images) * (wide + GAP) + APART
    across = min(n, max(1, round(math.sqrt(n * (high + GAP) / group))))
    down = math.ceil(n / across)
    picture, draw = blank(GAP + across * group - APART, HEAD + down * (high + GAP), TEXT)
    for place in range(across):
        for column, title in enumerate(images):
            draw.text((GAP + place * group + column * (wide + GAP), 2), title, SOFT)
    for i in range(n):
        x, y = GAP + i % across * group, HEAD + i // across * (high + GAP)
        for one in images.values():
            pixels = one[i, :shown].transpose(1, 2, 0).repeat(scale, axis=0).repeat(scale, axis=1)
            picture.paste(Image.fromarray(pixels[:, :, 0] if shown == 1 else pixels), (x, y))
            x += wide + GAP
        for line, words in enumerate(textwrap.wrap(sentences[i], LETTERS)[: high // LINE] if sentences else ()):
            draw.text((x + GAP, y + line * LINE), words, INK)
    said = " | ".join([*images, "sentence"] if sentences else images)
    return png_bytes(picture, description=f"shows {said}, side by side")
