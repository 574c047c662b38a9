"""Decoded data in the cache: found by what they are, memory-mapped when used."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..errors import DataError
from ..interfaces.data import Dataset, Images
from ..interfaces.modality import Rows
from ..storage.cache import Cache
from ..text import shown
from . import version1
from .at_rest import AtRest, at_rest
from .cached import Said, arrays_of, recall, remember, store
from .data_set import DataSet, Field
from .version1 import content_hash as content_hash

_log = logging.getLogger(__name__)

NONE = "none"
"""The name that stands for no extractor."""


class OtherModalityError(DataError):
    """Data of another modality than was asked for."""


@dataclass(frozen=True)
class Decoded:
    """Data read from a source, and what was left out.

    Attributes:
        data: as the dataset or the modality gave them.
        skipped: the bad ones left out, each with the reason.
        notes: see ``DataSet``.
        left_out: see ``DataSet``.
    """

    data: Images | Rows
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def images(self, refused: str) -> Images:
        """Return the data, of which nothing but images or points is wanted.

        Args:
            refused: what is said of others, with ``{}`` for what they are.

        Raises:
            OtherModalityError: they are of another modality.
        """
        if isinstance(self.data, Images):
            return self.data
        name = type(self.data.modality).name
        if not version1.is_one(name):
            raise OtherModalityError(refused.format(name))
        return Images(self.data.fields["x"], self.data.fields.get("y"), tuple(self.data.classes))


@dataclass(frozen=True)
class Source:
    """Source of data, which reads them when it is asked to.

    Attributes:
        name: the dataset's name.
        extractor: see ``DataSet``; with ``metrics``, empty or as a dataset has them by default for the modality's own.
        metrics: see ``DataSet``.
        samples: see ``DataSet``.
        text: see ``DataSet.source``.
        fingerprint: stands for everything that the data depend on; None where it takes reading them to know.
        read: decodes them.
    """

    name: str
    extractor: str
    text: str
    fingerprint: str | None
    read: Callable[[], Decoded]
    metrics: tuple[str, ...] = Dataset.metrics
    samples: int | None = None


def found(kept: DataSet, cache: Cache) -> DataSet:
    """Find the data where they lie now: in their folder, or where this cache has the same contents."""
    here = kept.folder if kept.folder.is_dir() else cache.find(kept.place, kept.hash)
    held_out = None if kept.held_out is None else found(kept.held_out, cache)
    return replace(kept, folder=here or kept.folder, held_out=held_out)


def pack(source: Source, cache: Cache) -> DataSet:
    """Give the data of ``source`` a place in the cache, decoding them only if its fingerprint is new.

    Raises:
        DataError: the source is bad.
        SetupError: nothing can be written.
    """
    recalled = None if source.fingerprint is None else recall(cache, source.fingerprint)
    if recalled is None:
        decoded = source.read()
        data = at_rest(decoded.data, source.text)
        said = Said(tuple(decoded.skipped), tuple(decoded.notes), tuple(decoded.left_out))
        folder = store(cache, data)
        if source.fingerprint is not None:
            remember(cache, source.fingerprint, data, said)
    else:
        data, said, folder = recalled
    _tell(source, said)
    extractor, metrics = _judged_by(source, data)
    return DataSet(
        name=source.name,
        folder=folder,
        hash=data.hash,
        n=data.n,
        modality_name=data.modality,
        values=data.values,
        fields={name: Field(array.shape, array.dtype.name) for name, array in data.fields.items()},
        classes=data.classes,
        extractor=extractor,
        source=source.text,
        described=data.described,
        skipped=said.skipped,
        metrics=metrics,
        samples=source.samples,
        counts=data.counts,
        notes=said.notes,
        left_out=said.left_out,
    )


def _judged_by(source: Source, data: AtRest) -> tuple[str, tuple[str, ...]]:
    """Choose the extractor and the metrics: the source's, as far as it names some, else its modality's."""
    extractor, metrics = source.extractor, source.metrics
    if (extractor, metrics) == (Dataset.extractor, Dataset.metrics):  # what a dataset has that names none
        extractor, metrics = "", ()
    if version1.is_one(data.modality):
        return extractor or Dataset.extractor, metrics or (() if extractor else Dataset.metrics)
    return extractor or data.extractor or NONE, metrics or data.metrics


def _tell(source: Source, said: Said) -> None:
    """Say how a source was read, and what of it was not."""
    for note in said.notes:
        _log.warning(f"{source.text}: {note}")
    if said.left_out:
        _log.warning(f"{source.text}: left out: {'; '.join(said.left_out)}")
    if said.skipped:
        images = "bad image" if len(said.skipped) == 1 else "bad images"
        _log.warning(f"{source.text}: {len(said.skipped):,} {images} left out, the first: {said.skipped[0]}")


def with_held_out(kept: DataSet, held_out: DataSet) -> DataSet:
    """Join the training data with those that are held out from them, which are read as the training data's values say.

    Raises:
        DataError: they are of another kind.
    """

    def kind(of: DataSet) -> tuple[object, ...]:
        fields = {name: (one.shape[1:], one.dtype) for name, one in of.fields.items()}
        return of.modality_name, fields, of.classes

    if kind(kept) != kind(held_out):
        raise DataError(
            f"{kept.name} has {kept.described} in {len(kept.classes)} classes, and its held-out part has "
            f"{held_out.described} in {len(held_out.classes)}: the same shape and classes are needed; "
            "--hold-out 0.1 holds others out instead"
        )
    return replace(kept, held_out=replace(held_out, values=kept.values))


def load(kept: DataSet) -> dict[str, Tensor]:
    """Load the fields, ``(N, ...)`` each, by name: memory-mapped, on the CPU.

    Raises:
        DataError: the cached files are gone or damaged.
    """
    what = f"the decoded {kept.place}"
    try:
        arrays = arrays_of(kept.folder, dict(kept.files()))
    except (OSError, ValueError, EOFError) as error:
        raise DataError(
            f"{what} of {kept.name} in {kept.folder} are gone or damaged "
            f"({shown(error)[1:-1]}); repeat the command, which makes them anew"
        ) from error
    anew = "remove that folder, and repeating the command makes them anew"
    for name, array in arrays.items():
        if array.shape != kept.fields[name].shape:
            raise DataError(f"{what} in {kept.folder} have the shape {array.shape}, not that of their set; {anew}")
        if array.dtype.name != kept.fields[name].dtype:
            raise DataError(f"{what} in {kept.folder} are {array.dtype}, not of the type of their set; {anew}")
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def load_images(kept: DataSet) -> tuple[Tensor, Tensor | None]:
    """Load the fields of images or points of version 1: these and the labels, int64 ``(N,)`` or None.

    Images are uint8 ``(N, C, H, W)``, points float32 ``(N, C, 1, 1)``.

    Raises:
        DataError: see ``load``.
    """
    fields = load(kept)
    return fields["x"], fields.get("y")
