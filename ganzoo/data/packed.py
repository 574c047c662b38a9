"""Decoded images in the cache: found by what they are, memory-mapped when used."""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from torch import Tensor

from ..errors import DataError
from ..interfaces.data import Dataset, Images
from ..storage.cache import Cache
from ..storage.json_text import parse_json
from ..text import shown
from .image_set import ImageSet

_log = logging.getLogger(__name__)

_MEND = "mend the plugin that reads it, or name other data with --data"
_SAID = ("notes", "left_out")  # of ``Decoded``, and of ``ImageSet``


@dataclass(frozen=True)
class Decoded:
    """Images read from a source, and what was left out.

    Attributes:
        images: the images.
        skipped: the bad ones left out, each with the reason.
        notes: see ``ImageSet``.
        left_out: see ``ImageSet``.
    """

    images: Images
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


class _Known(BaseModel):
    """``source.json`` in the cache: the images that a source gave; older files have fewer keys."""

    model_config = ConfigDict(strict=True, extra="forbid")

    hash: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    n: int
    channels: int
    height: int
    width: int
    classes: list[str]
    skipped: list[str] = Field(default_factory=list)
    note: str = ""
    notes: list[str] = Field(default_factory=list)
    left_out: list[str] = Field(default_factory=list)
    points: bool = False


@dataclass(frozen=True)
class Source:
    """Source of images, which reads them when it is asked to.

    Attributes:
        name: the dataset's name.
        extractor: see ``ImageSet``.
        metrics: see ``ImageSet``.
        samples: see ``ImageSet``.
        text: see ``ImageSet.source``.
        fingerprint: stands for everything that the images depend on; None where it takes reading them to know.
        read: decodes them.
    """

    name: str
    extractor: str
    text: str
    fingerprint: str | None
    read: Callable[[], Decoded]
    metrics: tuple[str, ...] = Dataset.metrics
    samples: int | None = None


def content_hash(images: Images) -> str:
    """sha256 in hex over the shape, the pixels, the labels and the names of the classes; of points, and their type."""
    points = _are_points(images.pixels)
    head = {"images": images.pixels.shape, "labels": images.labels is not None, "classes": images.classes}
    if points:
        head["dtype"] = "float32"
    digest = hashlib.sha256(json.dumps(head).encode() + b"\n")
    digest.update(np.ascontiguousarray(images.pixels, dtype="<f4" if points else None).data)
    if images.labels is not None:
        digest.update(np.ascontiguousarray(images.labels, dtype="<i8").data)
    return digest.hexdigest()


def _check(images: Images, where: str) -> None:
    pixels, labels = images.pixels, images.labels
    if pixels.dtype.kind == "f":
        _check_points(pixels, where)
    elif pixels.dtype != np.uint8 or pixels.ndim != 4 or not pixels.size:
        raise DataError(f"{where}: {pixels.dtype} of shape {pixels.shape} is not N uint8 images in NCHW; {_MEND}")
    if labels is None:
        return
    if labels.shape != pixels.shape[:1] or labels.dtype != np.int64:
        raise DataError(f"{where}: the labels are not one int64 for each of the {len(pixels):,} images; {_MEND}")
    if labels.min() < 0 or labels.max() >= len(images.classes):
        raise DataError(f"{where}: label {labels.max()} is none of the {len(images.classes)} classes; {_MEND}")


def _check_points(points: np.ndarray, where: str) -> None:
    if not _are_points(points) or points.ndim != 4 or not points.size or points.shape[2:] != (1, 1):
        raise DataError(
            f"{where}: {points.dtype} of shape {points.shape} is neither N images, which are uint8, "
            f"nor N points, which are float32 of shape (N, C, 1, 1); {_MEND}"
        )
    bad = int((~np.isfinite(points)).any(axis=(1, 2, 3)).sum())
    if bad:
        raise DataError(f"{where}: {bad:,} of the {len(points):,} points hold NaN or infinite values; {_MEND}")


def _are_points(pixels: np.ndarray) -> bool:
    return pixels.dtype == np.float32


def _arrays(folder: Path) -> tuple[np.ndarray, np.ndarray | None]:
    # Copy on write: torch wants memory that it may write, and the file stays as it is.
    pixels = np.load(folder / "images.npy", mmap_mode="c", allow_pickle=False)
    path = folder / "labels.npy"
    return pixels, np.load(path, mmap_mode="c", allow_pickle=False) if path.is_file() else None


def found(images: ImageSet, cache: Cache) -> ImageSet:
    """Find the images where they lie now: in their folder, or where this cache has the same contents."""
    here = images.folder if images.folder.is_dir() else cache.find("images", images.hash)
    held_out = None if images.held_out is None else found(images.held_out, cache)
    return replace(images, folder=here or images.folder, held_out=held_out)


def _store(cache: Cache, images: Images) -> tuple[str, Path]:
    key = content_hash(images)

    def write(folder: Path) -> None:
        np.save(folder / "images.npy", np.ascontiguousarray(images.pixels))
        if images.labels is not None:
            np.save(folder / "labels.npy", images.labels)

    folder = cache.find("images", key)
    if folder is not None and not _whole(folder, images.classes, key):
        cache.discard("images", key)
        folder = None
    return key, folder or cache.commit("images", key, write)


def _whole(folder: Path, classes: tuple[str, ...], key: str) -> bool:
    """Check that the folder still holds what its name says; disks and people do alter files."""
    try:
        pixels, labels = _arrays(folder)
        return content_hash(Images(pixels, labels, classes)) == key
    except (OSError, ValueError, EOFError):
        return False


def _recall(cache: Cache, fingerprint: str) -> tuple[dict[str, Any], Path] | None:
    record = cache.find("sources", fingerprint)
    if record is None:
        return None
    try:
        known = _Known.model_validate(parse_json((record / "source.json").read_bytes())).model_dump()
        folder = cache.find("images", known["hash"])
        if folder is not None and _whole(folder, tuple(known["classes"]), known["hash"]):
            pixels, _ = _arrays(folder)
            if pixels.shape == tuple(known[name] for name in ("n", "channels", "height", "width")):
                return known | {"points": _are_points(pixels)}, folder
    except (OSError, ValueError):
        pass
    cache.discard("sources", fingerprint)
    return None


def pack(source: Source, cache: Cache) -> ImageSet:
    """Give the images of ``source`` a place in the cache, decoding them only if its fingerprint is new.

    Raises:
        DataError: the source is bad.
        SetupError: nothing can be written.
    """
    recalled = None if source.fingerprint is None else _recall(cache, source.fingerprint)
    if recalled is None:
        decoded = source.read()
        _check(decoded.images, source.text)
        key, folder = _store(cache, decoded.images)
        n, channels, height, width = decoded.images.pixels.shape
        known = {"hash": key, "n": n, "channels": channels, "height": height, "width": width}
        known |= {"classes": decoded.images.classes, "skipped": decoded.skipped, "note": ""}
        known |= {key: said for key in _SAID if (said := getattr(decoded, key))}  # older versions know no such keys
        known["points"] = _are_points(decoded.images.pixels)
        if source.fingerprint is not None:
            text = json.dumps(known)
            cache.commit("sources", source.fingerprint, lambda record: _write_text(record / "source.json", text))
    else:
        known, folder = recalled
    known.pop("note", "")
    known |= {key: tuple(known.get(key, ())) for key in ("classes", "skipped", *_SAID)}
    _tell(source, known["notes"], known["left_out"], known["skipped"])
    labels = _arrays(folder)[1]
    counts = () if labels is None else tuple(np.bincount(labels, minlength=len(known["classes"])).tolist())
    return ImageSet(
        name=source.name,
        folder=folder,
        extractor=source.extractor,
        source=source.text,
        metrics=source.metrics,
        samples=source.samples,
        counts=counts,
        **known,
    )


def _tell(source: Source, notes: Sequence[str], left_out: Sequence[str], skipped: Sequence[str]) -> None:
    """Say how a source was read, and what of it was not."""
    for note in notes:
        _log.warning(f"{source.text}: {note}")
    if left_out:
        _log.warning(f"{source.text}: left out: {'; '.join(left_out)}")
    if skipped:
        images = "bad image" if len(skipped) == 1 else "bad images"
        _log.warning(f"{source.text}: {len(skipped):,} {images} left out, the first: {skipped[0]}")


def with_held_out(images: ImageSet, held_out: ImageSet) -> ImageSet:
    """Join the training images with those that are held out from them.

    Raises:
        DataError: they are of another kind.
    """

    def kind(of: ImageSet) -> tuple[object, ...]:
        return (of.points, of.channels, of.height, of.width, of.classes)

    if kind(images) != kind(held_out):
        raise DataError(
            f"{images.name} has {images.described} in {len(images.classes)} classes, and its held-out part has "
            f"{held_out.described} in {len(held_out.classes)}: the same shape and classes are needed; "
            "--hold-out 0.1 holds others out instead"
        )
    return replace(images, held_out=held_out)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text)


def load(image_set: ImageSet) -> tuple[Tensor, Tensor | None]:
    """Load the images and the labels, int64 ``(N,)`` or None: memory-mapped, on the CPU.

    Images are uint8 ``(N, C, H, W)``, points float32 ``(N, C, 1, 1)``.

    Raises:
        DataError: the cached files are gone or damaged.
    """
    try:
        pixels, labels = _arrays(image_set.folder)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(
            f"the decoded images of {image_set.name} in {image_set.folder} are gone or damaged "
            f"({shown(error)[1:-1]}); repeat the command, which makes them anew"
        ) from error
    if pixels.shape != (image_set.n, image_set.channels, image_set.height, image_set.width):
        raise DataError(
            f"the decoded images in {image_set.folder} have the shape {pixels.shape}, not that of their set; "
            "remove that folder, and repeating the command makes them anew"
        )
    if _are_points(pixels) != image_set.points:
        raise DataError(
            f"the decoded images in {image_set.folder} are {pixels.dtype}, not of the type of their set; "
            "remove that folder, and repeating the command makes them anew"
        )
    return torch.from_numpy(pixels), None if labels is None else torch.from_numpy(labels)
