"""Precision, recall, density and coverage: what lies within reach of what, as nearest neighbours have it."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric

from .naming import label
from .neighbours import Balls, balls, nearest
from .remembered import Remembered

_RADII: Remembered[Tensor] = Remembered()
_BALLS: Remembered[Balls] = Remembered()


class Neighbourhoods(Metric):
    """A metric of balls around images, each of which reaches to one of its nearest neighbours.

    What is found of two sets is shared with the other metrics of this kind that are judged together with it. Distances
    are computed where the generated images' features are.

    Attributes:
        neighborhood: which neighbour sets an image's reach.
    """

    better = "higher"
    _name: ClassVar[str]
    _k: ClassVar[int]
    _rims: ClassVar[bool]
    """Balls hold what lies on their rims."""

    def __init__(self) -> None:
        self.neighborhood = self._k

    def label(self, extractor: str) -> str:
        """Give the metric's name, with the extractor in brackets where it is not the canonical one."""
        return label(self._name, extractor)

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give the features themselves, ``(N, F)``."""
        return {"features": seen["features"]}

    def states(self, n_fake: int, n_real: int) -> str:
        """Name the neighbour that sets the reach."""
        return f"neighbourhoods of k = {self.neighborhood}"

    def _balls(self, centres: Tensor, points: Tensor, device: torch.device) -> Balls:
        """Find the ``points`` that lie in the balls around ``centres``.

        Raises:
            MetricError: one of the sets is too small to have such neighbours.
        """
        least = min(len(centres), len(points))
        if least <= self.neighborhood:
            raise MetricError(f"{self._name} needs at least {self.neighborhood + 1} images in each set, not {least}")
        return _BALLS.of(
            centres,
            points,
            (self.neighborhood, device, self._rims),
            lambda: balls(centres.to(device), self._radii(centres, device), points.to(device), rims=self._rims),
        )

    def _radii(self, centres: Tensor, device: torch.device) -> Tensor:
        """Give the squared reach of each, ``(M,)``."""
        # Those of five neighbours serve the metrics that ask for three as well.
        most = min(max(self.neighborhood, 5), len(centres) - 1)
        found = _RADII.of(centres, centres, (most, device), lambda: nearest(centres.to(device), most))
        return found[:, self.neighborhood - 1]


class _OfImages(Neighbourhoods):
    """A mean over the generated images, so that its standard error is that of a mean."""

    @abstractmethod
    def _of_each(self, held: Tensor) -> Tensor:
        """Give each image its value, ``(N,)``, given in how many balls it lies."""

    def _values(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> Tensor:
        features = fake["features"]
        return self._of_each(self._balls(real["features"], features, features.device).held.cpu()).double()

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """0 or more.

        Raises:
            MetricError: one of the sets is too small to have such neighbours.
        """
        return float(self._values(fake, real).mean())

    def spread(self, fake: dict[str, Tensor], real: dict[str, Tensor], halves: Sequence[Tensor]) -> float:
        """Give the standard error of a mean, which is what halves would estimate."""
        values = self._values(fake, real)
        return float(values.std() / len(values) ** 0.5)


class Precision(_OfImages):
    """Share of the generated images that are no farther from a real one than its third nearest real neighbour.

    On the same features as the other metrics, and equal to torch-fidelity's.

    Source: arXiv:1904.06991, eq. 1 and 2.

    Departs: the paper takes VGG-16 features.

    Attributes:
        neighborhood: which neighbour sets an image's reach.
    """

    _name = "precision"
    _k = 3
    _rims = True

    def _of_each(self, held: Tensor) -> Tensor:
        return held > 0


class Density(_OfImages):
    """Within reach of how many real images a generated one lies, of ``k`` that are expected: 1 is what is hoped for.

    The reach of a real image ends before its fifth nearest real neighbour; that of one with five copies is nothing, and
    nothing lies within it. Other than precision, it counts a generated image that only lies within reach of one real
    outlier for little. It can be above 1, where generated images crowd among the real ones.

    Source: arXiv:2002.09797, eq. 4, with the five neighbours of sec. 4; without the rim, as in the authors' code.

    Attributes:
        neighborhood: which neighbour sets an image's reach.
    """

    _name = "density"
    _k = 5
    _rims = False

    def _of_each(self, held: Tensor) -> Tensor:
        return held.double() / self.neighborhood


class Recall(Neighbourhoods):
    """Share of the real images that are no farther from a generated one than its third nearest generated neighbour.

    On the same features as the other metrics, and equal to torch-fidelity's.

    Source: arXiv:1904.06991, eq. 1 and 2.

    Departs: the paper takes VGG-16 features.

    Attributes:
        neighborhood: which neighbour sets an image's reach.
    """

    _name = "recall"
    _k = 3
    _rims = True

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Between 0 and 1.

        Raises:
            MetricError: one of the sets is too small to have such neighbours.
        """
        features = fake["features"]
        found = self._balls(features, real["features"], features.device)
        return float((found.held > 0).double().mean())
