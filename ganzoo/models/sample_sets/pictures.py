"""Single images as pictures of Pillow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import GanzooError

if TYPE_CHECKING:
    from PIL.Image import Image


def picture(image: np.ndarray) -> Image:
    """Make a picture of one image ``(C, H, W)`` uint8: grey for one channel, RGB for three.

    Raises:
        GanzooError: it has another number of channels.
    """
    from PIL import Image

    if len(image) not in (1, 3):
        raise GanzooError(f"a picture has 1 or 3 channels, and these images have {len(image)}: write them as x.npz")
    return Image.fromarray(image[0] if len(image) == 1 else np.ascontiguousarray(image.transpose(1, 2, 0)))
