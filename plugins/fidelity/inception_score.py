"""The Inception Score."""

import math

import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric

from .library import torch_fidelity
from .naming import label


class InceptionScore(Metric):
    """Inception Score: the mean over ten splits, computed by torch-fidelity from the extractor's logits.

    The real images play no part. It is 1 for a generator of one image, at most the number of classes, and
    exactly 1 for one image per split whatever the images are, which is why two per split are asked for.

    Source: arXiv:1606.03498, section 4.

    Attributes:
        splits: number of parts over which the score is averaged.
        rng_seed: of the shuffle before the cut.
    """

    reads = frozenset({"logits"})
    better = "higher"

    def __init__(self) -> None:
        torch_fidelity()
        self.splits = 10
        self.rng_seed = 2020

    def label(self, extractor: str) -> str:
        """``IS``, or ``IS[...]`` with another extractor than the canonical one."""
        return label("IS", extractor)

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """The score itself, NaN when there are too few images, and their number."""
        logits = seen["logits"]
        score = math.nan
        if len(logits) >= 2 * self.splits:
            metric_isc = torch_fidelity().metric_isc
            found = metric_isc.isc_features_to_metric(logits, splits=self.splits, shuffle=True, rng_seed=self.rng_seed)
            score = found[metric_isc.KEY_METRIC_ISC_MEAN]
        return {"score": torch.tensor([score], dtype=torch.float64), "n": torch.tensor([len(logits)])}

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """The score of the generated images.

        Raises:
            MetricError: there are fewer than two images per split.
        """
        n = int(fake["n"])
        if n < 2 * self.splits:
            raise MetricError(
                f"the Inception Score needs at least {2 * self.splits} images, two in each of its {self.splits} "
                f"splits, not {n}"
            )
        return float(fake["score"])
