"""Samples of a model as a stream of images."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from ...metrics import BATCH
from ...models import Model
from .streams import DrawnStream


class ModelStream(DrawnStream):
    """Samples of a model, with labels as frequent as in its training data and noise drawn for each sample.

    Args:
        model: the model.
        n: how many samples.
        seed: of the noise and the labels.
        source: that it was opened from, in words; None for what the model says.
    """

    kind = "model"

    def __init__(self, model: Model, n: int, seed: int, *, source: str | None = None) -> None:
        self._model, self._seed = model, seed
        self.n, self.name = n, model.name
        self.source = f"{source or model.trained.source} ({model.name}, seed {seed} of the noise)"
        self.point = model.channels if model.kind == "points" else 0
        self.classes = model.classes
        self.labels = model.training_labels(n, seed)

    def batches(self) -> Iterator[Tensor]:
        """Draw the samples."""
        for samples in self._model.batches(self.n, self.labels, self._seed, batch=BATCH, noise="drawn"):
            yield samples.data
