"""Squared distances of pairs: between generated images, and between each and the real one that belongs to it."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Gatherer, Metric

from .doubles import doubled

_PERCEPTUAL = ("lpips-alex", "lpips-vgg16")
_ROWS = 256  # pairs at a time


def _titled(name: str, perceptual: str, extractor: str) -> str:
    """Write a title: LPIPS, with its trunk, where the features are its own."""
    if extractor in _PERCEPTUAL:
        return f"{perceptual} ({extractor.partition('-')[2]})"
    return f"{name}[{extractor}]"


class _Sums(Gatherer):
    """Sum of the features and of their squares."""

    def __init__(self) -> None:
        self._n = 0
        self._sum: Tensor | None = None
        self._squares: Tensor | None = None

    def add(self, seen: dict[str, Tensor], places: Tensor) -> None:
        rows = doubled(seen["features"])
        total, squares = rows.sum(0), rows.square().sum()
        self._sum = total if self._sum is None else self._sum + total
        self._squares = squares if self._squares is None else self._squares + squares
        self._n += len(rows)

    def summary(self) -> dict[str, Tensor]:
        if self._n < 2 or self._sum is None or self._squares is None:
            raise MetricError(f"a diversity needs at least 2 images, not {self._n}")
        value = 2 * (self._squares - self._sum.square().sum() / self._n) / (self._n - 1)
        return {"diversity": value.reshape(1), "n": torch.tensor([self._n])}


class Diversity(Metric):
    """Mean squared distance between the features of two generated images, over all pairs of different ones.

    Through ``lpips-alex`` and ``lpips-vgg16`` it is the LPIPS diversity. The mean over all pairs is 2 / (n - 1) times
    the sum of squared distances from the mean, so that no pair is looked at. That of the real images is the yardstick.

    Source: arXiv:1801.03924 for the distance; arXiv:1711.11586, sec. 4, for its mean over pairs as diversity, there of
        1,900 random ones.
    """

    better = "higher"
    positive = True

    def label(self, extractor: str) -> str:
        """``LPIPS diversity (alex)``, or ``diversity[...]`` with another extractor."""
        return _titled("diversity", "LPIPS diversity", extractor)

    def gather(self, n: int) -> Gatherer:
        """Sums, batch by batch."""
        return _Sums()

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give ``diversity (1,)`` of the set, and the number of images ``n``.

        Raises:
            MetricError: there is no pair.
        """
        gatherer = self.gather(len(seen["features"]))
        gatherer.add(seen, torch.arange(len(seen["features"])))
        return gatherer.summary()

    def states(self, n_fake: int, n_real: int) -> str:
        """State how many pairs there are."""
        return f"mean over all {n_fake * (n_fake - 1) // 2:,} pairs of generated images; the floor is that of real ones"

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Give the generated images' diversity, from 0 up."""
        return max(0.0, float(fake["diversity"]))


class PairedDistance(Metric):
    """Mean squared distance between each generated image and the real one of the same place.

    Through ``lpips-alex`` and ``lpips-vgg16`` it is LPIPS, of reconstructions or translations of known originals.

    Source: arXiv:1801.03924, eq. 1.
    """

    paired = True
    positive = True

    def label(self, extractor: str) -> str:
        """``LPIPS (alex)``, or ``paired[...]`` with another extractor."""
        return _titled("paired", "LPIPS", extractor)

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give the features themselves, ``(N, F)``."""
        return {"features": seen["features"]}

    def states(self, n_fake: int, n_real: int) -> str:
        """State the number of pairs, and the floor's meaning."""
        return f"mean over {n_fake:,} pairs; the floor is that of random pairs of real images"

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Give the mean distance, from 0 up.

        Raises:
            MetricError: the sets have different numbers of images.
        """
        return float(self._distances(fake, real).mean())

    def spread(self, fake: dict[str, Tensor], real: dict[str, Tensor], halves: Sequence[Tensor]) -> float:
        """Take the standard error of the mean over the pairs."""
        found = self._distances(fake, real)
        return float(found.std() / len(found) ** 0.5)

    @staticmethod
    def _distances(fake: dict[str, Tensor], real: dict[str, Tensor]) -> Tensor:
        one, other = fake["features"], real["features"]
        if len(one) != len(other):
            raise MetricError(
                f"a paired distance needs as many generated images as real ones, not {len(one):,} and {len(other):,}"
            )
        blocks = zip(one.split(_ROWS), other.split(_ROWS), strict=True)
        return torch.cat([(doubled(a) - doubled(b.to(a.device))).square().sum(1) for a, b in blocks])
