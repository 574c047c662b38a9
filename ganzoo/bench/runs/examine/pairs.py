"""The picture of generated images above the training images nearest to them."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from ganzoo.drawing import grid_png


def pairs_png(generated: Tensor, training: Tensor) -> bytes:
    """Two rows as the bytes of a PNG: generated images above, below each the training image nearest to it.

    Args:
        generated: ``(N, C, H, W)`` uint8.
        training: likewise.
    """
    return grid_png(np.concatenate((generated.cpu().numpy(), training.cpu().numpy())), columns=len(generated))
