"""A set whose images are cropped, resized and coloured on their way in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence

import PIL
import torch
from torch import Tensor

from ...data import Fitting
from ...errors import DataError
from ...metrics.seeing import Batch
from .streams import ImageStream


class FittedStream(ImageStream):
    """The images of another set, fitted one by one.

    Args:
        stream: images of one size, each ``(C, H, W)`` uint8.
        fitting: done to each of them.

    Raises:
        DataError: the set is of points.
    """

    def __init__(self, stream: ImageStream, fitting: Fitting) -> None:
        if stream.point:
            raise DataError(f"{stream.source} holds points, which have no size: leave {fitting.options} out")
        self._stream, self._fitting = stream, fitting
        self.kind, self.source, self.n = stream.kind, stream.source, stream.n
        self.name = stream.name + fitting.suffix
        self.metrics, self.extractor, self.left_out = stream.metrics, stream.extractor, stream.left_out
        self.notes = (*stream.notes, fitting.told)
        self.classes, self.labels = stream.classes, stream.labels
        if stream.fingerprint is not None:
            self.fingerprint = fingerprint_of(stream.fingerprint, fitting)

    def batches(self) -> Iterator[Tensor]:
        """Yield the images in their order, all of one size."""
        for batch in self._stream.batches():
            yield self._all_fitted(batch)

    def labelled(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the images with their classes."""
        for batch, labels in self._stream.labelled():
            yield self._all_fitted(batch), labels

    def images(self, places: Sequence[int]) -> list[Tensor]:
        """Fit some of the images again."""
        return [self._fitted(image) for image in self._stream.images(places)]

    def label(self, place: int) -> str:
        """Return the name that the image has in its own set."""
        return self._stream.label(place)

    def _all_fitted(self, batch: Batch) -> Tensor:
        if self._fitting.enlarges(*batch[0].shape[1:]):
            self.enlarged = self.n
        return torch.stack([self._fitted(image) for image in batch])

    def _fitted(self, image: Tensor) -> Tensor:
        return torch.from_numpy(self._fitting.fitted_array(image.cpu().numpy()))


def fingerprint_of(fingerprint: str, fitting: Fitting) -> str:
    """Return what a fitted set's contents depend on: those of the set, the fitting, and the library that resizes."""
    parts = [fingerprint, fitting.to_json(), PIL.__version__]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
