"""A set written anew: cropped and resized once, and read from then on as it is."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..errors import DataError
from ..storage.atomic import in_place
from ..storage.cache import Cache
from ..text import per_class, shown
from .hub import HubPlace
from .image_sets import archive
from .image_sets.place import Place
from .image_sets.record import Record, folders_of
from .image_sets.writers import FolderWriter, NpzWriter, Writer, ZipWriter
from .packed import Decoded, Source, content_hash
from .pictures.fitting import Fitting
from .pictures.stream import Stream
from .sources import place_or_source

_WRITERS: dict[str, type[Writer]] = {".zip": ZipWriter, ".npz": NpzWriter}
_FORMS = "write to a name that ends in .zip or .npz, or to a folder"


@dataclass(frozen=True)
class Prepared:
    """A set that was written.

    Attributes:
        path: of the file or the folder.
        record: as it lies in it.
        shape: ``(C, H, W)`` of each image.
        counts: how many images each class has.
        skipped: the bad images that were left out, each with the reason.
        left_out: sentences on what else of the source was not read.
    """

    path: Path
    record: Record
    shape: tuple[int, ...]
    counts: tuple[int, ...]
    skipped: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def told(self) -> str:
        """Number, shape and classes, for people."""
        channels, height, width = self.shape
        classes = per_class(self.record.classes, self.counts)
        size = f"{height}x{width}x{channels}"
        return f"{self.record.n:,} images of {size}" + (f" in {classes}" if classes else "")


def prepare(
    registry: Any,
    data: str,
    target: Path,
    *,
    cache: Cache,
    fitting: Fitting | None = None,
    skip_bad: bool = False,
    data_dir: Path | None = None,
) -> Prepared:
    """Write a set of images, a picture at a time.

    What is read from the target has the pixels, the labels, the names of the classes and the order, and so the hash, of
    the source resolved with the same ``fitting``. Files depend on the source's content and on these arguments alone.

    Args:
        registry: knows the datasets.
        data: see ``resolve``.
        target: ends in ``.zip`` or ``.npz``, or is a folder to make.
        cache: where downloads lie.
        fitting: done to each image; None for nothing.
        skip_bad: leave bad images out.
        data_dir: see ``resolve``.

    Raises:
        DataError: the source is bad, or the target is there already or is of another kind.
        UnknownName: there is no such source.
        SetupError: the target cannot be written.
    """
    if target.exists() or target.is_symlink():
        raise DataError(f"there is already {shown(target)}; remove it, or write to another name")
    kind = _WRITERS.get(target.suffix.lower())
    if kind is None and target.name.lower().endswith(archive.ENDINGS):
        raise DataError(f"{shown(target)} is of a kind that is read and not written; {_FORMS}")
    found = place_or_source(registry, data, data_dir=data_dir, cache=cache)
    if kind is None and isinstance(found, Place):
        _require_apart(target, found)
    with in_place(target) as part:
        if kind is None:
            part.mkdir()
        writing = _Writing(target, lambda folders: (kind or FolderWriter)(part, folders), fitting)
        if isinstance(found, Source):
            return writing.arrays(found.read(), found.text)
        return writing.files(found, skip_bad)


def _require_apart(target: Path, place: Place) -> None:
    """Refuse a folder of images inside of the one that they come from, whose set it would change.

    Raises:
        DataError: it would lie there.
    """
    if not place.ending and target.resolve().is_relative_to(place.path.resolve()):
        raise DataError(
            f"{shown(target)} would lie among the images that are read, {shown(place.path)}; write to a folder beside "
            "it, or to a name that ends in .zip"
        )


@dataclass(frozen=True)
class _Writing:
    """A set on its way into a target.

    Attributes:
        target: of what is made, under its later name.
        opened: makes the writer, of the folders of the classes.
        fitting: done to each image.
    """

    target: Path
    opened: Callable[[tuple[str, ...]], Writer]
    fitting: Fitting | None

    def files(self, place: Place | HubPlace, skip_bad: bool) -> Prepared:
        """Write the images of a folder, an archive or a data set of the hub."""
        with place.arranged(skip_bad) as found:
            labels, classes, said = found.labels_of(list(range(len(found.members))))
            stream = Stream(found.members, place.where, skip_bad=skip_bad, fitting=self.fitting)
            with self.opened(folders_of(classes)) as writer:
                counts, shape = Counter[int](), (0, 0, 0)
                for index, picture in stream:
                    label = None if labels is None else int(labels[index])
                    counts[-1 if label is None else label] += 1
                    shape = picture.pixels.shape
                    writer.add(picture.pixels, label)
                bad = (*found.listing.broken, *stream.bad)
                notes = (*found.listing.notes, *found.layout.notes, *said, *stream.notes())
                record = self._record(place.text, stream.content, writer, classes, bad, notes)
                writer.close(record)
        return Prepared(self.target, record, shape, _by_class(classes, counts), bad, found.left_out)

    def arrays(self, decoded: Decoded, text: str) -> Prepared:
        """Write the images of an ``.npz`` or a named dataset."""
        images = decoded.images(f"{text} is of {{}}, and images alone are written; name it as it is with --data")
        if images.pixels.dtype != np.uint8:
            raise DataError(f"{text} is of points, and images alone are written; name it as it is with --data")
        classes, fitting = tuple(images.classes), self.fitting
        with self.opened(folders_of(classes)) as writer:
            counts, shape = Counter[int](), (0, 0, 0)
            for index, pixels in enumerate(images.pixels):
                fitted = pixels if fitting is None else fitting.fitted_array(pixels)
                label = None if images.labels is None else int(images.labels[index])
                self._require_png(writer, fitted.shape)
                counts[-1 if label is None else label] += 1
                shape = fitted.shape
                writer.add(fitted, label)
            content = content_hash(replace(images, classes=classes))
            record = self._record(text, content, writer, classes, decoded.skipped, tuple(decoded.notes))
            writer.close(record)
        return Prepared(self.target, record, shape, _by_class(classes, counts), decoded.skipped, decoded.left_out)

    def _record(
        self,
        text: str,
        content: str,
        writer: Writer,
        classes: tuple[str, ...],
        bad: Sequence[str],
        notes: tuple[str, ...],
    ) -> Record:
        fitting = None if self.fitting is None else self.fitting.to_json()
        return Record(__version__, text, content, writer.n, fitting, classes, writer.folders, len(bad), notes)

    def _require_png(self, writer: Writer, shape: tuple[int, ...]) -> None:
        if shape[0] not in (1, 3) and not isinstance(writer, NpzWriter):
            raise DataError(f"images of {shape[0]} channels go into no PNG; write to a name that ends in .npz")


def _by_class(classes: tuple[str, ...], counts: Counter[int]) -> tuple[int, ...]:
    return tuple(counts[index] for index in range(len(classes)))
