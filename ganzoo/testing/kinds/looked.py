"""Columns that a metric looks at by itself, of samples that a registered modality shows."""

from __future__ import annotations

from contextlib import suppress

import torch
from torch import Tensor

from ...errors import GanzooError, PluginError
from ...interfaces import Metric, Modality
from ...metrics.columns import called, looked
from ...metrics.offering import offered_to
from ...registry.registry import Registry
from ...samples import along

NEAR = 4  # one in so many samples is another one, in a set of pairs that are nearly alike

Sets = dict[str, dict[str, Tensor]]


def built(cls: type[Metric], name: str, registry: Registry) -> Metric:
    """Build a metric as it is for images, or else with what the first modality offers that offers what it needs.

    Raises:
        PluginError: no modality offers that.
    """
    try:
        return cls(**offered_to(f"metric {name}", cls, None))
    except PluginError as error:
        refusal = error
    for entry in registry.all("modality"):
        with suppress(Exception):  # which the check of the modality tells
            return cls(**offered_to(f"metric {name}", cls, entry.load()()))
    raise PluginError(f"{refusal}; and no modality that is registered offers it")


def looked_sets(cls: type[Metric], name: str, registry: Registry, n: int) -> tuple[Metric, Sets, str]:
    """Return a metric, its own columns of three sets of samples, and the name of their modality.

    Two of the sets are alike, and one is far away. The samples are those that registered modalities show as an example;
    the first of which the metric can look at is taken, and the metric is built for it. Each of a metric of pairs is
    beside the real sample of its row.

    Args:
        cls: of the metric.
        name: of it.
        registry: knows the modalities.
        n: samples of each set.

    Raises:
        GanzooError: the metric can look at no modality's samples; it is the last one's refusal.
    """
    refusal: Exception | None = None
    for entry in registry.all("modality"):
        try:
            modality: Modality = entry.load()()
            metric = cls(**offered_to(f"metric {name}", cls, modality))
            samples = next(iter(modality.judged(modality.target(modality.example(n))).values()))
            return metric, _sets(metric, samples), entry.name
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
