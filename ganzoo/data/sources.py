"""From what the user wrote after ``--data`` to a set of images."""

import difflib
import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import PIL

from ..errors import DataError, UnknownName
from ..storage.cache import Cache
from ..text import shown, slug
from . import archive
from .arranged import arranged, decode
from .arrays import read_npz
from .endings import read_endings
from .fitting import Fitting, enlarged
from .folder import list_folder
from .hold_out import hold_out as cut
from .hub import HubPlace, hub_place_of, is_hub
from .image_set import ImageSet
from .named import NoneHeldOutError, held_out_source, named_source
from .packed import Decoded, Source, pack, with_held_out
from .place import Place, place_of

_log = logging.getLogger(__name__)

# Raise it when the same files begin to decode to other pixels, labels or classes.
_DECODER = 2


def resolve(
    registry: Any,
    data: str,
    *,
    data_dir: Path | None = None,
    cache: Cache,
    skip_bad: bool = False,
    hold_out: float | None = None,
    fitting: Fitting | None = None,
) -> ImageSet:
    """Find, decode and cache the images that ``data`` names.

    Args:
        registry: knows the datasets.
        data: the name of a dataset, or the path of a folder, ``.zip``, ``.tar``, ``.tar.gz``, ``.tar.xz`` or ``.npz``,
            or of a folder in an archive (``photos.zip/train``) or a part of an ``.npz``; a name wins over a path. Or
            the address of a data set on the hub, ``hf://owner/name``, see ``hub.address``.
        data_dir: where the files of a named dataset lie, or are to be downloaded to.
        cache: where the decoded images go.
        skip_bad: leave bad images out and record which.
        hold_out: the share of the training images that is not trained on but held out; None for the dataset's own
            held-out part, where it has one.
        fitting: brings all images to one size; None leaves them as they are. The set it gives has another name,
            another hash where that changes an image, and a note on it.

    Raises:
        UnknownName: neither a dataset nor a path.
        DataError: the images are missing, broken, or do not fit together.
        PluginError: the dataset belongs to a plugin that cannot be loaded.
        SetupError: a file can neither be found nor downloaded, or nothing can be written.
    """
    names, entry, place = _found(registry, data, data_dir)
    if place is not None:
        images = pack(_path_source(place, names, skip_bad, fitting), cache)
        return images if hold_out is None else cut(images, hold_out, cache)
    images = pack(_fitted(named_source(entry, data_dir=data_dir, cache=cache), fitting), cache)
    if hold_out is not None:
        return cut(images, hold_out, cache)
    return _with_own(images, entry, data_dir, cache, fitting)


def place_or_source(
    registry: Any, data: str, *, data_dir: Path | None = None, cache: Cache
) -> Place | HubPlace | Source:
    """Find what ``data`` names, for whoever reads it without packing it.

    Args:
        registry: see ``resolve``.
        data: see ``resolve``.
        data_dir: see ``resolve``.
        cache: where the files of a named dataset lie.

    Returns:
        The folder, the archive or the data set of the hub, whose pictures are read one by one; of a named dataset or
        an ``.npz``, whose arrays are read as a whole, the source, without the fingerprint of an ``.npz``.

    Raises:
        GanzooError: see ``resolve``.
    """
    _, entry, place = _found(registry, data, data_dir)
    if place is None:
        return named_source(entry, data_dir=data_dir, cache=cache)
    return _npz_source(place, slug(place.stem), None) if isinstance(place, Place) and place.is_npz else place


def _found(registry: Any, data: str, data_dir: Path | None) -> tuple[list[str], Any, Place | HubPlace | None]:
    """Find the entry of a dataset's name, or else the place of a path; with the names of all datasets."""
    names = [entry.name for entry in registry.all("dataset")]
    place: Place | HubPlace | None = None
    if is_hub(data):
        place = hub_place_of(data)
    elif data not in names and ":" in data:  # which a path may hold, and the place of a class does
        place = place_of(data)
    if place is None:
        try:
            # Asked also for a name that is not listed: it may belong to a plugin that failed, which is worth saying.
            return names, registry.get("dataset", data), None
        except UnknownName:
            place = place_of(data)
    if place is None:
        raise _unknown(data, names)
    if data_dir is not None:
        raise DataError(
            f"--data-dir goes with the name of a dataset ({', '.join(names)}), and {shown(data)} is a path: "
            "leave --data-dir out"
        )
    return names, None, place


def _fitted(source: Source, fitting: Fitting | None) -> Source:
    """Make the source whose images are those of another one, fitted."""
    if fitting is None:
        return source

    def read() -> Decoded:
        decoded = source.read()
        images = fitting.of_images(decoded.images, source.text)
        small = len(images.pixels) if fitting.enlarges(*decoded.images.pixels.shape[2:]) else 0
        notes = (*decoded.notes, fitting.told, *([enlarged(small)] if small else []))
        return replace(decoded, images=images, notes=notes)

    key = None if source.fingerprint is None else _key([source.fingerprint, fitting.to_json(), PIL.__version__])
    return replace(source, name=source.name + fitting.suffix, fingerprint=key, read=read)


def _key(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _with_own(images: ImageSet, entry: Any, data_dir: Path | None, cache: Cache, fitting: Fitting | None) -> ImageSet:
    """Add a named dataset's own held-out part to its training images, if that is at hand."""
    source = held_out_source(entry, data_dir=data_dir, cache=cache)
    if source is None:
        return images
    try:
        return with_held_out(images, pack(_fitted(source, fitting), cache))
    except NoneHeldOutError:
        _log.warning(f"{entry.name} is played without held-out images: its files lack them (--hold-out 0.1 makes some)")
        return images


def _unknown(data: str, names: Sequence[str]) -> DataError | UnknownName:
    kinds = (
        f"a path is a folder of images, an .npz, or an archive ({', '.join(archive.ENDINGS)}); or name hf://owner/name"
    )
    if "/" in data or "\\" in data or data.lower().endswith((*archive.ENDINGS, ".npz", *read_endings())):
        return DataError(
            f"there is no file or folder {shown(data)}; name one, or a dataset: `ganzoo list datasets` has their names"
        )
    near = difflib.get_close_matches(data, names, n=1)
    guess = f" (did you mean {near[0]!r}?)" if near else ""
    known = ", ".join(names) or "none"
    return UnknownName(f"there is no dataset and no path {shown(data)}{guess}; the datasets are {known}, and {kinds}")


def _path_source(place: Place | HubPlace, names: Sequence[str], skip_bad: bool, fitting: Fitting | None) -> Source:
    """Make the source of a path.

    Args:
        place: of the images.
        names: of datasets, which the source may not be called.
        skip_bad: see ``resolve``.
        fitting: see ``resolve``.
    """
    name = slug(place.stem)
    if name in names:
        # A folder called mnist need not hold MNIST, and its numbers must not pass for MNIST's.
        name += "-files"
    how: list[str] | None
    if isinstance(place, HubPlace):
        how = place.state()
    elif place.ending:
        how = ["file", place.ending, place.digest(), place.inside]
    else:
        listing, state = list_folder(place.path)
        how = None if state is None else ["folder", state]
    # The library that decodes is part of it: JPEGs may come out differently from one version to the next.
    parts: list[Any] | None = None if how is None else [_DECODER, PIL.__version__, skip_bad, *how]
    if isinstance(place, Place) and place.is_npz:
        return _fitted(_npz_source(place, name, None if parts is None else _key(parts)), fitting)
    if fitting is not None:
        name += fitting.suffix
        parts = None if parts is None else [*parts, fitting.to_json()]

    def read() -> Decoded:
        if isinstance(place, Place) and not place.ending:  # as it was when its state was taken
            return decode(arranged(listing, place.where, skip_bad), skip_bad, fitting)
        with place.arranged(skip_bad) as found:
            return decode(found, skip_bad, fitting)

    key = None if parts is None else _key(parts)
    return Source(name=name, extractor="inception", text=place.text, fingerprint=key, read=read)


def _npz_source(place: Place, name: str, fingerprint: str | None) -> Source:
    def read() -> Decoded:
        arrays = read_npz(place.path, place.inside or None)
        return Decoded(arrays.images, (), arrays.notes, arrays.left_out)

    return Source(name=name, extractor="inception", text=place.text, fingerprint=fingerprint, read=read)
