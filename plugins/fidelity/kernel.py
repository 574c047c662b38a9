"""The kernel distance."""

from collections.abc import Sequence

from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric

from .doubles import wide_type
from .halved import masks, standard_error
from .library import torch_fidelity
from .naming import label
from .remembered import Remembered

_ROWS = 512  # of the table of kernels at a time
_FOUND: Remembered[tuple[float, float]] = Remembered()


class KernelDistance(Metric):
    """Kernel Inception Distance: torch-fidelity's unbiased estimate under a cubic kernel, mean over random subsets.

    Values slightly below zero are right for sets that are alike, and stay as they are.

    Source: arXiv:1801.01401, section 4.

    Departs: the subsets hold 1,000 images, or all when one of the two sets has fewer.

    Attributes:
        subsets: number of random subsets.
        max_subset_size: images in each, unless one of the two sets has fewer.
        rng_seed: of the drawing of subsets.
    """

    suffices = frozenset({"features"})

    def __init__(self) -> None:
        torch_fidelity()
        self.subsets = 100
        self.max_subset_size = 1000
        self.rng_seed = 2020

    def label(self, extractor: str) -> str:
        """``KID``, or ``KID[...]`` with another extractor than the canonical one."""
        return label("KID", extractor)

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give the features themselves, ``(N, F)``."""
        return {"features": seen["features"]}

    def states(self, n_fake: int, n_real: int) -> str:
        """State the number of subsets and their size."""
        return f"mean over {self.subsets} subsets of {self._size(n_fake, n_real):,} images"

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """E k(real, real') - 2 E k(real, fake) + E k(fake, fake') of features, k(x, y) = (x . y / d + 1)^3.

        Pairs are of different images (unbiased), so it is about 0 or more.

        Raises:
            MetricError: one of the sets has fewer than two images.
        """
        return self._found(fake["features"], real["features"])[0]

    def spread(self, fake: dict[str, Tensor], real: dict[str, Tensor], halves: Sequence[Tensor]) -> float:
        """Of the estimate from all pairs of images, of all halves at once; and what the drawing of subsets adds."""
        seen, there = fake["features"], real["features"]
        over_subsets = self._found(seen, there)[1] / self.subsets**0.5
        values = _of_parts(seen, there, masks(halves, len(seen), wide_type(seen.device), seen.device))
        over_images = standard_error(values, len(halves[0]), len(seen))
        value: float = (over_subsets**2 + over_images**2) ** 0.5
        return value

    def _size(self, n_fake: int, n_real: int) -> int:
        return min(self.max_subset_size, n_fake, n_real)

    def _found(self, fake: Tensor, real: Tensor) -> tuple[float, float]:
        """Mean and standard deviation over the subsets."""
        size = self._size(len(fake), len(real))
        if size < 2:
            raise MetricError(f"the kernel distance needs at least 2 images in each set, not {size}")

        def make() -> tuple[float, float]:
            library = torch_fidelity().metric_kid
            found = library.kid_features_to_metric(
                fake,
                real,
                kid_subsets=self.subsets,
                kid_subset_size=size,
                rng_seed=self.rng_seed,
                verbose=False,
            )
            return float(found[library.KEY_METRIC_KID_MEAN]), float(found[library.KEY_METRIC_KID_STD])

        return _FOUND.of(fake, real, (self.subsets, size, self.rng_seed), make)


def _of_parts(fake: Tensor, real: Tensor, parts: Tensor) -> Tensor:
    """Estimate from all pairs, without bias, on parts of the generated images; no term of real pairs, ``(P,)``.

    Args:
        fake: ``(N, F)``.
        real: ``(M, F)``; on any device.
        parts: ``(P, N)`` of zeros and ones, on the generated images' device: which are in which part.
    """
    x, y = fake.to(parts.dtype), real.to(parts)
    inside, across = (parts.new_zeros(len(parts)) for _ in range(2))
    for at in range(0, len(x), _ROWS):
        rows, chosen = x[at : at + _ROWS], parts[:, at : at + _ROWS]
        pairs = _cubic(rows, x)
        pairs.diagonal(at).zero_()
        inside += (chosen @ pairs * parts).sum(1)
        across += chosen @ _cubic(rows, y).sum(1)
    n = parts.sum(1)
    return inside / (n * (n - 1)) - 2 * across / (n * len(y))


def _cubic(one: Tensor, other: Tensor) -> Tensor:
    inner = one @ other.T / one.shape[1] + 1
    return inner * inner * inner
