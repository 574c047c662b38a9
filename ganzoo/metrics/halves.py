"""Standard errors of numbers over their samples, from their values on random halves of them.

For each half, drawn without replacement, the number is computed against the same real images. The standard deviation of
these values about their mean is the standard error of the number on all samples: of a mean exactly so in expectation,
and of what is smooth in the samples' distribution as their number grows. A bias that depends on the number of samples
is the same for all halves and plays no part.

A bootstrap is out of the question here: what it draws twice lies at no distance from itself, which kernels and
neighbours take for a find.

Source: Efron, "The Jackknife, the Bootstrap and Other Resampling Plans", 1982, ch. 8 (half-samples); Shao and Wu, "A
general theory for jackknife variance estimation", Annals of Statistics 17, 1989 (deleting half of the samples).
"""

import math
from collections.abc import Collection, Mapping, Sequence

import torch
from torch import Tensor

from ganzoo import seeds
from ganzoo.errors import MetricError
from ganzoo.interfaces import Metric

from .gathering import Gathering


def random_halves(n: int, replicates: int) -> list[Tensor]:
    """``replicates`` random halves of ``n`` places, each ``(n // 2,)`` int64, ascending; the same ones every time.

    Raises:
        ValueError: a single half has no standard deviation.
    """
    if replicates < 0 or replicates == 1:
        raise ValueError(f"a spread takes 2 or more halves, or none at all, not {replicates}")
    rng = torch.Generator().manual_seed(seeds.stream(0, "evaluation", 1))  # 0 is the order that halves the real ones
    return [torch.randperm(n, generator=rng)[: n // 2].sort().values for _ in range(replicates)]


def standard_error(values: Sequence[float], n: int) -> float:
    """Take the standard error of a number on ``n`` samples.

    Args:
        values: of the number on random halves, ``n // 2`` samples each; 2 or more.
        n: how many samples there are.
    """
    found = torch.tensor(values, dtype=torch.float64)
    half = n // 2
    return float(found.std() * (half / (n - half)) ** 0.5)


class OnHalves:
    """The standard errors of metrics over one set of images.

    Args:
        metrics: by name.
        halves: of the images' places, from :func:`random_halves`.
        n: how many images there are.
    """

    def __init__(self, metrics: Mapping[str, Metric], halves: Sequence[Tensor], n: int) -> None:
        self._metrics = metrics
        self._halves = halves
        self._n = n
        self._found: dict[str, float] = {}

    def whole(self, name: str, fake: dict[str, Tensor], real: dict[str, Tensor]) -> None:
        """Ask a metric for its own :meth:`Metric.spread`, while the summary of all images is there."""
        if not self._halves:
            return
        try:
            spread = self._metrics[name].spread(fake, real, self._halves)
        except MetricError:
            spread = math.nan
        if spread is not None:
            self._found[name] = spread

    def spreads(
        self,
        gathering: Gathering,
        real: Mapping[str, dict[str, Tensor]],
        targets: Gathering | None = None,
        paired: Collection[str] = (),
    ) -> dict[str, float]:
        """Each metric's standard error; those left out whose number half of the images are too few for.

        Args:
            gathering: of all images, with the halves as its parts.
            real: by the metric's name, its summary of the real images.
            targets: of the real images of the same rows, with the same parts; None where there are none.
            paired: the metrics that compare with those of the same half.
        """

        def real_of(name: str, which: int) -> dict[str, Tensor]:
            if targets is None or name not in paired:
                return real[name]
            return {key: values.cpu() for key, values in targets.part(name, which).items()}

        names = [name for name in self._metrics if name not in self._found] if self._halves else []
        values: dict[str, list[float]] = {name: [] for name in names}
        # Half by half and not metric by metric, so that the metrics share a half's rows while they are there.
        for which in range(len(self._halves)):
            for name in tuple(values):
                try:
                    values[name].append(self._metrics[name].compare(gathering.part(name, which), real_of(name, which)))
                except MetricError:
                    del values[name]
        errors = {name: standard_error(found, self._n) for name, found in values.items()} | self._found
        return {name: errors[name] for name in self._metrics if math.isfinite(errors.get(name, math.nan))}
