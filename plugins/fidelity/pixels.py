"""An extractor without weights."""

from pathlib import Path
from typing import ClassVar

from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from ganzoo.interfaces import Extractor

CELLS = 8  # along a side


class Pixels(Extractor):
    """The image itself, in 8 x 8 cells: 192 features from 0 to 1, those of a grey image three times.

    Distances between such features tell brightness, colours and coarse shapes apart, and no finer thing: they are for
    trying out and for machines without a network, not for comparing GANs.
    """

    classifies: ClassVar[bool] = False

    def __init__(self, weights: Path | None = None) -> None:
        super().__init__()

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """``(B, 1 or 3, H, W)`` uint8 -> ``{"features": (B, 192)}`` float32: means of cells, channel by channel."""
        cells = adaptive_avg_pool2d(images.float() / 255, CELLS)
        return {"features": cells.expand(-1, 3, -1, -1).flatten(1)}
