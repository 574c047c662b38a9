"""The Fréchet distance."""

import numpy as np
import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric

from .library import torch_fidelity
from .naming import label

_ROUNDING = 1e-6  # of the two variances, relative: what rounding can make of a distance of nothing


class FrechetDistance(Metric):
    """Fréchet distance between Gaussians fitted to the features of generated and of real images.

    torch-fidelity's functions compute it. A distance below zero by less than a millionth of the variances
    is rounding, and given as 0.0.

    Source: arXiv:1706.08500, eq. 6.
    """

    def __init__(self) -> None:
        torch_fidelity()

    def label(self, extractor: str) -> str:
        """``FID``, or ``FD[...]`` with another extractor than the canonical one."""
        return label("FID", extractor, otherwise="FD")

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Mean ``mu (F,)`` and covariance ``sigma (F, F)``.

        Raises:
            MetricError: a single image, or a single feature, has no covariance.
        """
        features = seen["features"]
        if min(features.shape) < 2:
            raise MetricError(
                f"a Fréchet distance needs at least 2 images and 2 features, not {features.shape[0]} and "
                f"{features.shape[1]}"
            )
        statistics = torch_fidelity().metric_fid.fid_features_to_statistics(features)
        return {name: torch.from_numpy(values) for name, values in statistics.items()}

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """The distance, from 0 up.

        Raises:
            MetricError: the eigenvalues of the covariances cannot be computed.
        """
        metric_fid = torch_fidelity().metric_fid
        statistics = [{name: values.numpy() for name, values in summary.items()} for summary in (fake, real)]
        try:
            value = metric_fid.fid_statistics_to_metric(*statistics, verbose=False)[metric_fid.KEY_METRIC_FID]
        except np.linalg.LinAlgError as error:
            raise MetricError(f"the Fréchet distance cannot be computed: {error}") from error
        if value < 0:
            scale = float(fake["sigma"].trace() + real["sigma"].trace())
            if value < -_ROUNDING * max(scale, 1.0):
                raise MetricError(f"the Fréchet distance comes out as {value:.3g}: too few images for these features")
            value = 0.0
        return float(value)
