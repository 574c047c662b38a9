"""Points of the mixtures."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from ganzoo.errors import DataError
from ganzoo.interfaces.data import Dataset, Images

from .mixture import Mixture

SEED = 0
POINTS = 100_000
HELD_OUT_SEED = 1
HELD_OUT_POINTS = 10_000


class _Points(Dataset):
    """Points of a mixture that ships, each of which is of every mode with the same probability; 10,000 are held out."""

    name: ClassVar[str]
    metrics: ClassVar[tuple[str, ...]] = ("modes", "high-quality", "reverse-kl")
    samples: ClassVar[int | None] = 2_500

    def read(self, paths: Mapping[str, Path]) -> Images:
        """Draw the points, always the same; labels are their modes, and classes the centres. ``paths`` is empty.

        Raises:
            DataError: the installation lacks the file of the centres.
        """
        return self._draw(POINTS, SEED)

    def read_held_out(self, paths: Mapping[str, Path]) -> Images:
        """Draw 10,000 others, always the same; ``paths`` is empty.

        Raises:
            DataError: as for ``read``.
        """
        return self._draw(HELD_OUT_POINTS, HELD_OUT_SEED)

    def _draw(self, count: int, seed: int) -> Images:
        path = Mixture.path(self.name)
        try:
            mixture = Mixture.read(path)
        except (OSError, ValueError) as error:
            raise DataError(
                f"the shipped file {path.name!r} is missing or damaged: install the package again"
            ) from error
        points, modes = mixture.draw(count, seed)
        classes = tuple(f"({x:.3g}, {y:.3g})" for x, y in mixture.centres)
        return Images(points.astype(np.float32)[:, :, None, None], modes, classes)


class Ring(_Points):
    """100,000 points of 8 Gaussians of standard deviation 0.01, centred on the unit circle at multiples of 45 degrees.

    Source: arXiv:1705.07761 (VEEGAN), sec. 4.1; arXiv:1712.04086 (PacGAN), sec. 4.1: 2,500 generated points are judged.
    """

    name: ClassVar[str] = "ring"
    extractor: ClassVar[str] = "ring"


class Grid(_Points):
    """100,000 points of 25 Gaussians of standard deviation 0.05, centred on the grid of -4, -2, 0, 2 and 4.

    Source: arXiv:1705.07761 (VEEGAN), sec. 4.1; arXiv:1712.04086 (PacGAN), sec. 4.1: 2,500 generated points are judged.
    """

    name: ClassVar[str] = "grid"
    extractor: ClassVar[str] = "grid"
