"""From what the user wrote after ``--data`` to a data set."""

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
from ..interfaces.modality import Rows
from ..storage.cache import Cache
from ..text import shown, slug
from .data_set import DataSet
from .hold_out import hold_out as cut
from .hub import HubPlace, hub_place_of, is_hub
from .image_sets import archive
from .image_sets.arranged import arranged, decode
from .image_sets.arrays import read_npz
from .image_sets.folder import list_folder
from .image_sets.place import Place, place_of
from .modalities import held_out_by, path_source, read_by, read_by_any, taken_for
from .named import NoneHeldOutError, held_out_source, named_source, require_no_files_of_one
from .packed import Decoded, Source, pack, with_held_out
from .pictures.endings import read_endings
from .pictures.fitting import Fitting, enlarged
from .rows_folder import rows_in

_FOR_IMAGES = "--size, --crop, --resize and --grey-to-rgb are for images, and these are {}; leave them out"
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
    modality: str | None = None,
) -> DataSet:
    """Find, decode and cache the data that ``data`` names.

    Args:
        registry: knows the datasets and the modalities.
        data: the name of a dataset, or the path of a folder, ``.zip``, ``.tar``, ``.tar.gz``, ``.tar.xz`` or ``.npz``,
            or of a folder in an archive (``photos.zip/train``) or a part of an ``.npz``; a name wins over a path. Or
            the address of a data set on the hub, ``hf://owner/name``, see ``hub.address``. Or the path of what one of
            the modalities reads, which are asked where there are no images that can be used.
        data_dir: where the files of a named dataset lie, or are to be downloaded to.
        cache: where the decoded images go.
        skip_bad: leave bad images out and record which.
        hold_out: the share of the training images that is not trained on but held out; None for the dataset's own
            held-out part, where it has one.
        fitting: brings all images to one size; None leaves them as they are. The set it gives has another name,
            another hash where that changes an image, and a note on it.
        modality: the name of the one that reads the path, or that the data, which are of another one, are taken for;
            None for what they are.

    Raises:
        UnknownName: neither a dataset nor a path, or no such modality.
        DataError: the data are missing, broken, or do not fit together; or several modalities read the path.
        PluginError: the dataset belongs to a plugin that cannot be loaded.
        SetupError: a file can neither be found nor downloaded, or nothing can be written.
    """
    if modality is not None:
        registry.get("modality", modality)  # a name that nobody has is told before anything is read
    kept = _whole(registry, data, data_dir, cache, skip_bad, fitting, modality, own=hold_out is None)
    if hold_out is not None:
        kept = cut(kept, hold_out, cache, registry)
    return kept if modality is None else taken_for(registry, kept, modality, cache)


def _whole(
    registry: Any,
    data: str,
    data_dir: Path | None,
    cache: Cache,
    skip_bad: bool,
    fitting: Fitting | None,
    modality: str | None,
    *,
    own: bool,
) -> DataSet:
    """Find all that ``data`` names, of the modality that it is of; with the held-out part of its own where wanted."""
    path = path_of(registry, data)
    if path is not None and (rows := rows_in(path, registry)) is not None:
        return pack(_fitted(path_source(type(rows.modality).name, rows, path, registry), fitting), cache)
    if path is not None and modality is not None and (rows := read_by(registry, modality, path)) is not None:
        return _packed(registry, modality, rows, path, cache, fitting, own=own)
    try:
        names, entry, place = _found(registry, data, data_dir)
        if place is not None:
            return pack(_path_source(place, names, skip_bad, fitting), cache)
    except DataError as refused:
        if path is None:
            raise
        if modality is not None:
            raise DataError(
                f"{refused}; nor does modality {modality!r} read {shown(path)}: leave --modality out, or name another"
            ) from refused
        if (found := read_by_any(registry, path)) is None:
            require_no_files_of_one(path, registry)
            raise
        return _packed(registry, *found, path, cache, fitting, own=own)
    kept = pack(_fitted(named_source(entry, data_dir=data_dir, cache=cache), fitting), cache)
    return _with_own(kept, entry, data_dir, cache, fitting) if own else kept


def path_of(registry: Any, data: str) -> Path | None:
    """Return the file or folder that a text names; None of one that names a dataset, an address or nothing."""
    if is_hub(data) or data in [entry.name for entry in registry.all("dataset")]:
        return None
    try:
        path = Path(data).expanduser()
        return path if data and path.exists() else None
    except (OSError, ValueError, RuntimeError):
        return None


def _packed(
    registry: Any, name: str, rows: Rows, path: Path, cache: Cache, fitting: Fitting | None, *, own: bool
) -> DataSet:
    """Give what a modality read a place in the cache; with what the path holds out of its own where wanted."""
    kept = pack(_fitted(path_source(name, rows, path, registry), fitting), cache)
    held_out = held_out_by(registry, name, path) if own else None
    if held_out is None:
        return kept
    return with_held_out(kept, pack(_fitted(path_source(name, held_out, path, registry), fitting), cache))


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
        given = decoded.images(f"{source.text}: {_FOR_IMAGES}")
        images = fitting.of_images(given, source.text)
        small = len(images.pixels) if fitting.enlarges(*given.pixels.shape[2:]) else 0
        notes = (*decoded.notes, fitting.told, *([enlarged(small)] if small else []))
        return replace(decoded, data=images, notes=notes)

    key = None if source.fingerprint is None else _key([source.fingerprint, fitting.to_json(), PIL.__version__])
    return replace(source, name=source.name + fitting.suffix, fingerprint=key, read=read)


def _key(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _with_own(images: DataSet, entry: Any, data_dir: Path | None, cache: Cache, fitting: Fitting | None) -> DataSet:
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
