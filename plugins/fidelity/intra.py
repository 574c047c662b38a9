"""The Fréchet distance within classes."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric, OfClass

from .frechet import FrechetDistance
from .halved import standard_error
from .naming import label
from .remembered import Remembered

_FOUND: Remembered[dict[int, OfClass]] = Remembered()


class IntraFrechetDistance(Metric):
    """Mean over classes of the Fréchet distance between the generated and the real images of one class.

    A generator that ignores the class it is asked for has the Fréchet distance of all images together as low as one
    that heeds it; within classes its images are those of all of them. Each class counts the same, however frequent it
    is. As any Fréchet distance that of a class is too large by about a constant over its number of images, so that
    numbers of fewer images or of more classes are higher: only those of as many compare, and the floor is of as many
    images a class as half of the real ones.

    Source: arXiv:1802.05637, sec. 4 (intra FID); the authors' code takes 5,000 generated images of each class.

    Departs: the paper generates as many images of each class; here labels are drawn as frequent as in the data, as for
        every other number of the same samples.
    """

    reads = frozenset({"features", "label"})
    positive = True
    least_of_class = 2

    def __init__(self) -> None:
        self._distance = FrechetDistance()

    def label(self, extractor: str) -> str:
        """``intra FID``, or ``intra FD[...]`` with another extractor than the canonical one."""
        return label("intra FID", extractor, otherwise="intra FD")

    def states(self, n_fake: int, n_real: int) -> str:
        """State that it is a mean, and how many images all classes have together."""
        return f"mean over classes, which share {n_fake:,} generated and {n_real:,} real images; fewer a class raise it"

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give the features, ``(N, F)``, and the class of each, ``(N, 1)`` int64."""
        return {"features": seen["features"], "label": seen["label"].long()}

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Give the mean, from 0 up.

        Raises:
            MetricError: a class has fewer than 2 images on one side, or its distance cannot be computed.
        """
        found = self.by_class(fake, real)
        return math.fsum(one.value for one in found.values()) / len(found)

    def by_class(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> dict[int, OfClass]:
        """Give the distance within each class, by its index.

        Raises:
            MetricError: see ``compare``.
        """
        return _FOUND.of(fake["label"], real["label"], None, lambda: self._by_class(fake, real))

    def spread(self, fake: dict[str, Tensor], real: dict[str, Tensor], halves: Sequence[Tensor]) -> float:
        """Give the mean's standard error, from those of the classes, whose images are drawn independently.

        As the variances of all classes are summed, a few halves of each give as many degrees of freedom as all halves
        would give the mean, at a fraction of the distances.

        Raises:
            MetricError: half of the images are too few.
        """
        n, real_rows = len(fake["label"]), _rows_of(real)
        each = 1 + max(1, math.ceil((len(halves) - 1) / len(real_rows)))
        values: dict[int, list[float]] = {}
        for half in halves[:each]:
            places = half.to(fake["label"].device)
            part = {name: rows[places] for name, rows in fake.items()}
            for index, one in self._by_class(part, real).items():
                values.setdefault(index, []).append(one.value)
        errors = [standard_error(torch.tensor(found), len(halves[0]), n) for found in values.values()]
        return math.hypot(*errors) / len(errors)

    def _by_class(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> dict[int, OfClass]:
        ones, others = _rows_of(fake), _rows_of(real)
        for index in sorted({*ones, *others}):
            for rows, which in ((ones, "generated"), (others, "real")):
                if (n := len(rows.get(index, ()))) < self.least_of_class:
                    raise MetricError(
                        f"a Fréchet distance within classes needs at least {self.least_of_class} {which} images of "
                        f"each, and class {index} has {n}: take more samples"
                    )
        found = {}
        for index, places in others.items():
            device = fake["features"].device
            generated = self._distance.summarise({"features": fake["features"][ones[index]]})
            there = self._distance.summarise({"features": real["features"][places].to(device)})
            value = self._distance.compare(generated, there)
            found[index] = OfClass(value, len(ones[index]), len(places))
        return found


def _rows_of(summary: dict[str, Tensor]) -> dict[int, Tensor]:
    """Return the places of each class, ``(K,)`` int64, in the order of the classes."""
    labels = summary["label"].view(-1)
    return {int(index): (labels == index).nonzero().view(-1) for index in labels.unique()}
