"""The kernel distance."""

from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric

from .library import torch_fidelity
from .naming import label


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

    def __init__(self) -> None:
        torch_fidelity()
        self.subsets = 100
        self.max_subset_size = 1000
        self.rng_seed = 2020

    def label(self, extractor: str) -> str:
        """``KID``, or ``KID[...]`` with another extractor than the canonical one."""
        return label("KID", extractor)

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """The features themselves, ``(N, F)``."""
        return {"features": seen["features"]}

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """The squared maximum mean discrepancy, about 0 or more.

        Raises:
            MetricError: one of the sets has fewer than two images.
        """
        size = min(self.max_subset_size, len(fake["features"]), len(real["features"]))
        if size < 2:
            raise MetricError(f"the kernel distance needs at least 2 images in each set, not {size}")
        metric_kid = torch_fidelity().metric_kid
        found = metric_kid.kid_features_to_metric(
            fake["features"],
            real["features"],
            kid_subsets=self.subsets,
            kid_subset_size=size,
            rng_seed=self.rng_seed,
            verbose=False,
        )
        return float(found[metric_kid.KEY_METRIC_KID_MEAN])
