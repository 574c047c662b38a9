"""From what the user wrote after ``--data`` to a set of images."""

import difflib
import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import PIL

from ..errors import DataError, UnknownName
from ..interfaces.data import Images
from ..storage.cache import Cache
from ..text import shown, slug
from . import archive
from .arrays import read_npz
from .decode import ENDINGS, Member, decode_all
from .folder import list_folder
from .hold_out import hold_out as cut
from .image_set import ImageSet
from .layout import arrange
from .named import NoneHeldOutError, held_out_source, named_source
from .packed import Decoded, Source, pack, with_held_out

_log = logging.getLogger(__name__)

# Raise it when the same files begin to decode to other pixels, labels or classes.
_DECODER = 1


def resolve(
    registry: Any,
    data: str,
    *,
    data_dir: Path | None = None,
    cache: Cache,
    skip_bad: bool = False,
    hold_out: float | None = None,
) -> ImageSet:
    """Find, decode and cache the images that ``data`` names.

    Args:
        registry: knows the datasets.
        data: the name of a dataset, or the path of a folder, ``.zip``, ``.tar``, ``.tar.gz``, ``.tar.xz`` or ``.npz``;
            a name wins over a path.
        data_dir: where the files of a named dataset lie, or are to be downloaded to.
        cache: where the decoded images go.
        skip_bad: leave bad images out and record which.
        hold_out: the share of the training images that is not trained on but held out; None for the dataset's own
            held-out part, where it has one.

    Raises:
        UnknownName: neither a dataset nor a path.
        DataError: the images are missing, broken, or do not fit together.
        PluginError: the dataset belongs to a plugin that cannot be loaded.
        SetupError: a file can neither be found nor downloaded, or nothing can be written.
    """
    names = [entry.name for entry in registry.all("dataset")]
    try:
        # Asked also for a name that is not listed: it may belong to a plugin that failed, which is worth saying.
        entry = registry.get("dataset", data)
    except UnknownName:
        entry = None
    if entry is not None:
        images = pack(named_source(entry, data_dir=data_dir, cache=cache), cache)
        if hold_out is not None:
            return cut(images, hold_out, cache)
        return _with_own(images, entry, data_dir, cache)
    path = Path(data).expanduser()
    try:
        exists = bool(data) and path.exists()
    except (OSError, ValueError):
        # Too long a name, or one with a null character.
        exists = False
    if not exists:
        raise _unknown(data, names)
    if data_dir is not None:
        raise DataError(f"--data-dir goes with the name of a dataset ({', '.join(names)}), and {shown(data)} is a path")
    images = pack(_path_source(path, names, skip_bad), cache)
    return images if hold_out is None else cut(images, hold_out, cache)


def _with_own(images: ImageSet, entry: Any, data_dir: Path | None, cache: Cache) -> ImageSet:
    """Add a named dataset's own held-out part to its training images, if that is at hand."""
    source = held_out_source(entry, data_dir=data_dir, cache=cache)
    if source is None:
        return images
    try:
        return with_held_out(images, pack(source, cache))
    except NoneHeldOutError:
        _log.warning(f"{entry.name} is played without held-out images: its files lack them (--hold-out 0.1 makes some)")
        return images


def _unknown(data: str, names: Sequence[str]) -> DataError | UnknownName:
    kinds = f"a path is a folder of images, an .npz, or an archive ({', '.join(archive.ENDINGS)})"
    if "/" in data or "\\" in data or data.lower().endswith((*archive.ENDINGS, ".npz", *ENDINGS)):
        return DataError(f"there is no file or folder {shown(data)}")
    near = difflib.get_close_matches(data, names, n=1)
    guess = f" (did you mean {near[0]!r}?)" if near else ""
    known = ", ".join(names) or "none"
    return UnknownName(f"there is no dataset and no path {shown(data)}{guess}; the datasets are {known}, and {kinds}")


def _path_source(path: Path, names: Sequence[str], skip_bad: bool) -> Source:
    lower = path.name.lower()
    ending = next((end for end in sorted((*archive.ENDINGS, ".npz"), key=len, reverse=True) if lower.endswith(end)), "")
    if path.is_dir():
        stem = path.resolve().name
        members, state = list_folder(path)
        how = None if state is None else ["folder", state]

        def read() -> Decoded:
            return _decode(members, shown(stem), skip_bad)

    elif ending and path.is_file():
        stem = path.name[: -len(ending)]
        how = ["file", ending, _digest(path)]

        def read() -> Decoded:
            if ending == ".npz":
                return Decoded(read_npz(path))
            with archive.open_archive(path) as members:
                return _decode(members, shown(path.name), skip_bad)

    else:
        raise DataError(
            f"{shown(path)} is neither a folder of images, an .npz, nor one of {', '.join(archive.ENDINGS)}"
        )
    name = slug(stem)
    if name in names:
        # A folder called mnist need not hold MNIST, and its numbers must not pass for MNIST's.
        name += "-files"
    # The library that decodes is part of it: JPEGs may come out differently from one version to the next.
    fingerprint = None if how is None else [_DECODER, PIL.__version__, skip_bad, *how]
    key = None if fingerprint is None else hashlib.sha256(json.dumps(fingerprint).encode()).hexdigest()
    return Source(name=name, extractor="inception", text=str(path), fingerprint=key, read=read)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{shown(path)} cannot be read ({error.strerror or error})") from error


def _decode(members: Sequence[Member], where: str, skip_bad: bool) -> Decoded:
    if not members:
        raise DataError(f"{where} holds no images (files that end in {', '.join(ENDINGS)})")
    layout = arrange([member.name for member in members], where)
    pixels, kept, skipped = decode_all([members[index] for index in layout.order], where, skip_bad=skip_bad)
    labels = None if layout.labels is None else np.array([layout.labels[index] for index in kept], dtype=np.int64)
    return Decoded(Images(pixels, labels, layout.classes), tuple(skipped), layout.note)
