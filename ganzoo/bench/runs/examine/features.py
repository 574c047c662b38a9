"""Images as an examination compares them: by an extractor's features, or by their pixels."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganzoo.data.pixels import are_points, to_unit
from ganzoo.errors import MetricError
from ganzoo.metrics import Evaluator
from ganzoo.metrics.reference import Measured, read, write

_BATCH = 500


class Space:
    """Space in which images are compared: an extractor's features, or pixels.

    Args:
        evaluator: whose extractor sees them; without one they are compared as they are, pixels in [-1, 1].
        points: whether the data are points, and no images.

    Attributes:
        title: what is compared, in words.
    """

    def __init__(self, evaluator: Evaluator | None, *, points: bool) -> None:
        self._evaluator = evaluator
        self.title = f"features of {evaluator.title}" if evaluator else "coordinates" if points else "pixels"

    def of(self, images: Tensor) -> Tensor:
        """Map images ``(N, C, H, W)`` at rest to features ``(N, F)`` on the CPU, or to the images themselves.

        Raises:
            MetricError: the extractor gives features that are not finite.
        """
        if self._evaluator is None:
            return images.cpu()
        extractor, device = self._evaluator.extractor, self._evaluator.device
        seen = [extractor(batch.to(device))["features"].float().cpu() for batch in images.split(_BATCH)]
        features = torch.cat(seen)
        if not bool(features.isfinite().all()):
            raise MetricError(f"the extractor {self._evaluator.title} gives NaN or infinite features")
        return features

    def of_data(self, images: Tensor) -> Tensor:
        """Map real images, which many runs share: features are kept in the cache, by the images' contents."""
        if self._evaluator is None:
            return images
        identity = self._identity(images)
        kept = read(self._evaluator.cache, identity)
        if kept is None:
            kept = Measured({"features": self.of(images)}, floor=None, real=None)
            write(self._evaluator.cache, identity, kept)
        return kept.summary["features"]

    def _identity(self, images: Tensor) -> dict[str, Any]:
        assert self._evaluator is not None
        of_extractor = {
            key: held for key, held in self._evaluator.identity.items() if key not in ("metrics", "weights")
        }
        contents = hashlib.sha256(images.contiguous().numpy().data).hexdigest()
        return {"schema": 1, "examined": "features", "contents": contents, "shape": list(images.shape), **of_extractor}

    @property
    def rows(self) -> Callable[[Tensor], Tensor]:
        """Makes of what is kept the rows ``(N, F)`` float32 whose distances are taken."""
        return Tensor.float if self._evaluator else _flat


def _flat(images: Tensor) -> Tensor:
    return (images if are_points(images) else to_unit(images)).flatten(1)
