"""Samples as an examination compares them: by an extractor's features, or by their numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from ganzoo.errors import MetricError
from ganzoo.interfaces import Modality
from ganzoo.layers import to_unit
from ganzoo.metrics import BATCH, Evaluator
from ganzoo.metrics.judging import judged_of
from ganzoo.metrics.reference import Measured, holds, read, write
from ganzoo.samples import Sample, flat, leaves, size
from ganzoo.storage.cache import Cache

_WORDS = {"images": "pixels", "points": "coordinates"}  # of version 1


class Space:
    """Space in which samples at rest are compared: an extractor's features, or their own numbers.

    Args:
        evaluator: whose extractor sees them; without one they are compared as they are, bytes in [-1, 1].
        modality: of the data.

    Attributes:
        title: what is compared, in words.
    """

    def __init__(self, evaluator: Evaluator | None, modality: Modality) -> None:
        self._evaluator = None if evaluator is None or evaluator.extractor is None else evaluator
        self._modality = modality
        own = _WORDS.get(modality.name, "numbers")
        self.title = own if self._evaluator is None else f"features of {self._evaluator.title}"

    def of(self, samples: Sample) -> Tensor:
        """Map samples at rest to features ``(N, F)`` on the CPU, or to the samples themselves; named ones lie flat.

        Several things that are judged of a sample have their features side by side.

        Raises:
            MetricError: the extractor gives features that are not finite.
        """
        if self._evaluator is None:
            return (samples if isinstance(samples, Tensor) else flat(samples)).cpu()
        extractor, device = self._evaluator.extractor, self._evaluator.device
        assert extractor is not None
        parts = []
        for part in judged_of(self._modality, samples).values():
            assert isinstance(part, Tensor)
            seen = [extractor(batch.to(device))["features"].float().cpu() for batch in part.split(BATCH)]
            parts.append(torch.cat(seen))
        features = parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
        if not bool(features.isfinite().all()):
            raise MetricError(f"the extractor {self._evaluator.title} gives NaN or infinite features")
        return features

    def columns(self, samples: Tensor) -> dict[str, Tensor]:
        """Return all that the extractor gives of samples at rest, float32 on the CPU; nothing without one."""
        if self._evaluator is None:
            return {}
        extractor, device = self._evaluator.extractor, self._evaluator.device
        assert extractor is not None
        parts = [extractor(batch.to(device)) for batch in samples.split(BATCH)]
        return {name: torch.cat([part[name].float().cpu() for part in parts]) for name in parts[0]}

    def columns_of_data(self, samples: Tensor) -> dict[str, Tensor]:
        """Return the same of real samples, which many runs share: it is kept in the cache, by their contents."""
        if self._evaluator is None:
            return {}
        identity = self._identity(samples) | {"examined": "columns"}
        kept = read(self._evaluator.cache, identity)
        if kept is None:
            kept = Measured(self.columns(samples), floor=None, real=None)
            write(self._evaluator.cache, identity, kept)
        return kept.summary

    def of_data(self, samples: Sample) -> Tensor:
        """Map real samples, which many runs share: features are kept in the cache, by the samples' contents."""
        if self._evaluator is None:
            return self.of(samples)
        identity = self._identity(samples)
        kept = read(self._evaluator.cache, identity)
        if kept is None:
            kept = Measured({"features": self.of(samples)}, floor=None, real=None)
            write(self._evaluator.cache, identity, kept)
        return kept.summary["features"]

    def keeping(self, samples: Sample) -> KeptFeatures | None:
        """Return what keeps the features of real samples while these are seen for their metrics, in the same batches.

        A look at them may take an hour on a CPU, and ``of_data`` need not take another one then. None where nothing is
        to be kept: without an extractor, of samples of several judged things, or where it is kept already.
        """
        if self._evaluator is None or len(judged_of(self._modality, samples)) > 1:
            return None
        identity, cache = self._identity(samples), self._evaluator.cache
        return None if holds(cache, identity) else KeptFeatures(cache, identity, size(samples))

    def _identity(self, samples: Sample) -> dict[str, Any]:
        assert self._evaluator is not None
        contents = hashlib.sha256()
        for tensor in leaves(samples):
            contents.update(tensor.contiguous().numpy().data)
        shape = [*samples.shape] if isinstance(samples, Tensor) else {k: [*v.shape] for k, v in samples.items()}
        return {
            "schema": 1,
            "examined": "features",
            "contents": contents.hexdigest(),
            "shape": shape,
            **self._evaluator.sight,
        }

    @property
    def rows(self) -> Callable[[Tensor], Tensor]:
        """Makes of what is kept the rows ``(N, F)`` float32 whose distances are taken."""
        return Tensor.float if self._evaluator else _flat


class KeptFeatures:
    """Features of real samples that an extractor sees for something else, batch by batch in their order.

    Args:
        cache: that keeps them.
        identity: that they are kept under.
        n: how many samples there are.
    """

    def __init__(self, cache: Cache, identity: dict[str, Any], n: int) -> None:
        self._cache, self._identity, self._n = cache, identity, n
        self._parts: list[Tensor] = []

    def __call__(self, seen: Mapping[str, Tensor]) -> None:
        """Take in what was seen of the next samples."""
        if "features" in seen:
            self._parts.append(seen["features"].float().cpu())

    def close(self) -> None:
        """Keep the features, if those of all samples were seen and are finite."""
        if sum(map(len, self._parts)) != self._n:
            return
        features = torch.cat(self._parts)
        if bool(features.isfinite().all()):
            write(self._cache, self._identity, Measured({"features": features}, floor=None, real=None))


def _flat(samples: Tensor) -> Tensor:
    return (to_unit(samples) if samples.dtype == torch.uint8 else samples.float()).flatten(1)
