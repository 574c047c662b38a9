"""The Inception Score."""

import math

import numpy as np
import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Gatherer, Metric

from .doubles import doubled
from .naming import label


class _Splits(Gatherer):
    """Of each split, the sum of its class probabilities and the sum of their negative entropies."""

    def __init__(self, n: int, splits: int, rng_seed: int) -> None:
        self._n = n
        self._splits = splits
        order = np.random.RandomState(rng_seed).permutation(n)
        self._split_of = torch.empty(n, dtype=torch.int64)
        for split in range(splits):
            self._split_of[torch.from_numpy(order[split * n // splits : (split + 1) * n // splits])] = split
        self._sums: tuple[Tensor, Tensor] | None = None

    def add(self, seen: dict[str, Tensor], places: Tensor) -> None:
        log_p = doubled(seen["logits"]).log_softmax(1)
        p = log_p.exp()
        self._split_of = self._split_of.to(p.device)
        # A product with zeros and ones and no index_add_, which on a GPU adds in another order each time.
        split = torch.nn.functional.one_hot(self._split_of[places.to(p.device)], self._splits).to(p.dtype).T
        sums = split @ p, split @ (p * log_p).sum(1)
        self._sums = sums if self._sums is None else (self._sums[0] + sums[0], self._sums[1] + sums[1])

    def summary(self) -> dict[str, Tensor]:
        score = torch.tensor(math.nan, dtype=torch.float64)
        if self._n >= 2 * self._splits and self._sums is not None:
            p, negative_entropy = self._sums
            n = p.sum(1)
            q = p / n[:, None]
            score = (negative_entropy / n - torch.xlogy(q, q).sum(1)).exp().mean()
        return {"score": score[None], "n": torch.tensor([self._n])}


class InceptionScore(Metric):
    """Inception Score: the mean over ten splits, from the extractor's logits; the splits are torch-fidelity's.

    The real images play no part. It is 1 for a generator of one image, at most the number of classes, and
    exactly 1 for one image per split whatever the images are, which is why two per split are asked for.

    Source: arXiv:1606.03498, section 4.

    Attributes:
        splits: number of parts over which the score is averaged.
        rng_seed: of the shuffle before the cut.
    """

    reads = frozenset({"logits"})
    better = "higher"
    positive = True

    def __init__(self) -> None:
        self.splits = 10
        self.rng_seed = 2020

    def label(self, extractor: str) -> str:
        """``IS``, or ``IS[...]`` with another extractor than the canonical one."""
        return label("IS", extractor)

    def gather(self, n: int) -> Gatherer:
        """Keep sums over each split, batch by batch, on the logits' device."""
        return _Splits(n, self.splits, self.rng_seed)

    def summarise(self, seen: dict[str, Tensor]) -> dict[str, Tensor]:
        """Give the score itself, NaN when there are too few images, and their number."""
        logits = seen["logits"]
        gatherer = self.gather(len(logits))
        gatherer.add(seen, torch.arange(len(logits), device=logits.device))
        return gatherer.summary()

    def compare(self, fake: dict[str, Tensor], real: dict[str, Tensor]) -> float:
        """Exponential of the mean of KL(p(y | x) || p(y)) over generated images x, averaged over the splits.

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
