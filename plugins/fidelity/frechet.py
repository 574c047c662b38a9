"""The Fréchet distance."""

import torch
from torch import Tensor
from torch.linalg import LinAlgError  # type: ignore[attr-defined] # public, and not in torch's list of its names

from ganzoo.errors import MetricError
from ganzoo.interfaces import Gatherer, Metric

from .doubles import doubled
from .moments import Moments
from .naming import label
from .roots import factor, trace_of_root

_WIDEST = 2**14  # features, whose covariance takes 2 GiB
_ROUNDING = 1e-6  # of the two variances, relative: what rounding can make of a distance of nothing


class _Gaussian(Gatherer):
    """Moments of the features; and the features themselves as long as there may be no more of them than dimensions."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._moments = Moments()
        self._rows: list[Tensor] = []
        self._places: list[Tensor] = []

    def add(self, seen: dict[str, Tensor], places: Tensor) -> None:
        features = seen["features"]
        if features.shape[1] > _WIDEST:
            raise MetricError(
                f"a Fréchet distance takes {_WIDEST:,} features at most, whose covariance is their square, and not "
                f"{features.shape[1]:,}: leave it out of --metrics"
            )
        self._moments.add(features)
        if self._n <= features.shape[1]:
            self._rows.append(features)
            self._places.append(places)

    def summary(self) -> dict[str, Tensor]:
        n = self._moments.n
        if n < 2:
            raise MetricError(f"a Fréchet distance needs at least 2 images, not {n}")
        mu, sigma = self._moments.mean(), self._moments.covariance()
        if self._rows:
            rows = torch.cat(self._rows)[torch.cat(self._places).argsort()]  # the same summary in whatever order
            root = (doubled(rows) - mu).T / (n - 1) ** 0.5
        else:
            try:
                root = factor(sigma)
            except LinAlgError as error:
                raise MetricError(f"the features' covariance has no square root: {error}") from error
        # In the order of memory that a cache gives it back in: another one rounds otherwise.
        return {"mu": mu, "sigma": sigma, "factor": root.contiguous(), "n": torch.tensor([n])}


class FrechetDistance(Metric):
    """Fréchet distance between Gaussians fitted to the features of generated and of real images.

    Means and unbiased covariances are those of torch-fidelity, in float64 throughout, and so is the distance; the trace
    of the covariances' root comes from the eigenvalues of a symmetric matrix, which is faster, and right for fewer
    images than features too. A distance below zero by less than a millionth of the variances is rounding, and given as
    0.0.

    Source: arXiv:1706.08500, eq. 6.
    """

    suffices = frozenset({"mu", "sigma"})
    positive = True

    def label(self, extractor: str) -> str:
        """``FID``, or ``FD[...]`` with another extractor than the canonical one."""
        return label("FID", extractor, otherwise="FD")

    def gather(self, n: int) -> Gatherer:
        """Moments, batch by batch, on the features' device."""
        return _Gaussian(n)

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Mean ``mu (F,)``, covariance ``sigma (F, F)``, a ``factor (F, R)`` of it, and the number of images ``n``.

        Raises:
            MetricError: a single image has no covariance.
        """
        features = seen["features"]
        gatherer = self.gather(len(features))
        gatherer.add(seen, torch.arange(len(features), device=features.device))
        return gatherer.summary()

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Squared distance of the means plus trace(S + S' - 2 (S S')^(1/2)) of the covariances S and S', from 0 up.

        It is computed where the generated images' summary is.

        Raises:
            MetricError: the eigenvalues of the covariances cannot be computed.
        """
        n = min(int(fake["n"]), int(real["n"])) if "n" in real else int(fake["n"])
        real = {name: values.to(fake["mu"].device) for name, values in real.items()}
        variance = fake["sigma"].trace() + real["sigma"].trace()
        try:
            root = real["factor"] if "factor" in real else factor(real["sigma"])
            shared = trace_of_root(root, fake["factor"], fake["sigma"], rank=n - 1)
        except LinAlgError as error:
            raise MetricError(f"the Fréchet distance cannot be computed: {error}") from error
        value = float((fake["mu"] - real["mu"]).square().sum() + variance - 2 * shared)
        if value < 0:
            if value < -_ROUNDING * max(float(variance), 1.0):
                raise MetricError(f"the Fréchet distance comes out as {value:.3g}: too few images for these features")
            value = 0.0
        return value
