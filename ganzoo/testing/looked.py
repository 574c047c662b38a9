"""Columns that a metric looks at by itself, of samples that a registered modality shows."""

from __future__ import annotations

import torch
from torch import Tensor

from ..errors import GanzooError
from ..interfaces import Metric, Modality
from ..metrics.columns import called, looked
from ..registry.registry import Registry
from ..samples import along

NEAR = 4  # one in so many samples is another one, in a set of pairs that are nearly alike

Sets = dict[str, dict[str, Tensor]]


def looked_sets(metric: Metric, registry: Registry, n: int) -> tuple[Sets, str]:
    """Return a metric's own columns of three sets of samples: two alike, and one far away; and the modality's name.

    The samples are those that registered modalities show as an example; the first of which the metric can look at is
    taken. Each of a metric of pairs is beside the real sample of its row.

    Args:
        metric: that looks.
        registry: knows the modalities.
        n: samples of each set.

    Raises:
        GanzooError: the metric can look at no modality's samples; it is the last one's refusal.
    """
    refusal: Exception | None = None
    for entry in registry.all("modality"):
        try:
            modality: Modality = entry.load()()
            samples = next(iter(modality.judged(modality.target(modality.example(n))).values()))
            return _sets(metric, samples), entry.name
        except Exception as error:  # samples of another modality may fail it in any way
            refusal = error
    raise GanzooError(f"it can look at the example of no modality that is registered; the last refusal: {refusal}")


def _sets(metric: Metric, samples: Tensor) -> Sets:
    rng = torch.Generator().manual_seed(0)
    n = len(samples)

    def some() -> Tensor:
        return samples[torch.randint(n, (n,), generator=rng)]

    if not metric.paired:
        return {
            name: _own(metric, shown, None)
            for name, shown in (("one", some()), ("alike", some()), ("far", _far(some())))
        }
    real = some()
    sets = {}
    for name in ("one", "alike"):
        swapped = along(torch.rand(n, generator=rng) < 1 / NEAR, real)
        sets[name] = torch.where(swapped, some(), real)
    sets["far"] = _far(some())
    return {name: _own(metric, shown, real) for name, shown in sets.items()}


def _far(samples: Tensor) -> Tensor:
    """Return samples that are all the same one, of the largest of each number: a collapse, of valid numbers."""
    return samples.amax(0, keepdim=True).expand_as(samples).clone()


def _own(metric: Metric, samples: Tensor, target: Tensor | None) -> dict[str, Tensor]:
    return {called(column): values.float() for column, values in looked({"": metric}, samples, target).items()}
