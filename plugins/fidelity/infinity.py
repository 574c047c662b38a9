"""The Fréchet distance of infinitely many samples."""

import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric

from .fit import Fit, fit_png, line_through
from .frechet import FrechetDistance
from .naming import label
from .remembered import Remembered

_SMALLEST = 2  # samples that have a covariance at all
_FITS: Remembered[Fit] = Remembered()


class FrechetAtInfinity(Metric):
    """Fréchet distance that infinitely many generated images would have, from a straight line in 1/N.

    The distance of N images is too large by about a constant over N, and the constant is another one for each
    generator. So it is computed for random subsets of sizes from a tenth of the images to all of them, evenly spaced
    and drawn without replacement, and the line of least squares through these in 1/N is read at 0. Values slightly
    below zero are right for sets that are alike, and stay as they are. The real images are all there in each of the
    distances: what their own number adds stays. A standard error from random halves counts the drawing of subsets
    twice, so that it is up to 1.4 times too large.

    Source: arXiv:1911.07023, sec. 3.3 and 4: 15 sizes, from 5,000 to 50,000.

    Departs: the paper draws the latents from a Sobol sequence; here they are the bench's own.

    Attributes:
        points: how many sizes.
        smallest: the smallest of them, as a share of the images.
        rng_seed: of the drawing of subsets.
    """

    suffices = frozenset({"mu", "sigma"})

    def __init__(self) -> None:
        self.points = 15
        self.smallest = 0.1
        self.rng_seed = 2020
        self._distance = FrechetDistance()

    def label(self, extractor: str) -> str:
        """``FID∞``, or ``FD∞[...]`` with another extractor than the canonical one."""
        return label("FID∞", extractor, otherwise="FD∞")

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give the features, ``(N, F)``, and what a Fréchet distance keeps of them.

        Raises:
            MetricError: a single image has no covariance.
        """
        return {"features": seen["features"], **self._distance.summarise(seen)}

    def states(self, n_fake: int, n_real: int) -> str:
        """Name the sizes that the line goes through."""
        sizes = self._sizes(n_fake)
        return f"line through {len(sizes)} sizes of {sizes[0]:,} to {n_fake:,} generated images, read at 1/N = 0"

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Give the line's value at 1/N = 0, about 0 or more.

        Raises:
            MetricError: there are too few images for different sizes, or a distance cannot be computed.
        """
        return self._fit(fake, real).intercept

    def picture(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> bytes:
        """Give the distances against 1/N, the line, and where it ends."""
        return fit_png(self._fit(fake, real), "distance")

    def _sizes(self, n: int) -> list[int]:
        return torch.linspace(self.smallest * n, n, self.points, dtype=torch.float64).round().long().tolist()

    def _fit(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> Fit:
        return _FITS.of(
            fake["features"],
            real["mu"],
            (self.points, self.smallest, self.rng_seed),
            lambda: self._fitted(fake, real),
        )

    def _fitted(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> Fit:
        features = fake["features"]
        n, sizes = len(features), self._sizes(len(features))
        if sizes[0] < _SMALLEST:
            least = round(_SMALLEST / self.smallest)
            raise MetricError(f"the Fréchet distance of infinitely many images needs at least {least} images, not {n}")
        moments = {name: values.to(features.device) for name, values in real.items() if name != "features"}
        rng = torch.Generator().manual_seed(self.rng_seed)
        distances = []
        for size in sizes:
            drawn = torch.randperm(n, generator=rng)[:size].to(features.device)
            part = fake if size == n else self._distance.summarise({"features": features[drawn]})
            distances.append(self._distance.compare(part, moments))
        return line_through(sizes, distances)
