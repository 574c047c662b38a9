"""The modalities of version 1, images and points: their files, digests and records stay what they were, to the byte.

The engine knows nothing else of them: what their samples are is for their plugins to say.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import DataError
from ..interfaces.data import Images
from ..interfaces.size import size_of

IMAGES, POINTS = "images", "points"
PLACE = "images"
"""The kind under which a cache keeps them."""
FILES = {"x": "images", "y": "labels"}
_KEYS: tuple[str, ...] = ("name", "folder", "hash", "n", "channels", "height", "width", "classes", "extractor")
_KEYS += ("source", "skipped", "points", "metrics", "samples", "held_out", "counts", "notes", "left_out")
_MEND = "mend the plugin that reads it, or name other data with --data"


def is_one(modality: str) -> bool:
    """Say whether version 1 had this modality."""
    return modality in (IMAGES, POINTS)


def are_points(modality: str) -> bool:
    """Say whether these are points."""
    return modality == POINTS


def modality_of(pixels: np.ndarray) -> str:
    """Return what data of version 1 are: points are float32, images bytes."""
    return POINTS if pixels.dtype == np.float32 else IMAGES


def values_of(modality: str, shape: tuple[int, ...], classes: tuple[str, ...]) -> dict[str, Any]:
    """Return the plain values of their modality, of the shape ``(C, H, W)`` of each."""
    size = {} if are_points(modality) else {"image_size": size_of(*shape[1:])}
    return size | {"channels": shape[0], "num_classes": len(classes)}


def told(n: int, shape: tuple[int, ...], modality: str) -> str:
    """Return number and shape ``(C, H, W)``, for people."""
    channels, height, width = shape
    what = f"points of {channels} numbers" if are_points(modality) else f"images of {height}x{width}x{channels}"
    return f"{n:,} {what}"


def content_hash(images: Images) -> str:
    """sha256 in hex over the shape, the pixels, the labels and the names of the classes; of points, and their type."""
    points = modality_of(images.pixels) == POINTS
    head = {"images": images.pixels.shape, "labels": images.labels is not None, "classes": images.classes}
    if points:
        head["dtype"] = "float32"
    digest = hashlib.sha256(json.dumps(head).encode() + b"\n")
    digest.update(np.ascontiguousarray(images.pixels, dtype="<f4" if points else None).data)
    if images.labels is not None:
        digest.update(np.ascontiguousarray(images.labels, dtype="<i8").data)
    return digest.hexdigest()


def check(images: Images, where: str) -> None:
    """Refuse what is neither images nor points.

    Raises:
        DataError: with what it is instead.
    """
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
    if points.dtype != np.float32 or points.ndim != 4 or not points.size or points.shape[2:] != (1, 1):
        raise DataError(
            f"{where}: {points.dtype} of shape {points.shape} is neither N images, which are uint8, "
            f"nor N points, which are float32 of shape (N, C, 1, 1); {_MEND}"
        )
    bad = int((~np.isfinite(points)).any(axis=(1, 2, 3)).sum())
    if bad:
        raise DataError(f"{where}: {bad:,} of the {len(points):,} points hold NaN or infinite values; {_MEND}")


def record(shape: tuple[int, int, int], points: bool, shared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a set as plain data, of the shape ``(C, H, W)`` of each and what all records hold."""
    own = dict(zip(("channels", "height", "width"), shape, strict=True)) | {"points": points}
    return {key: own[key] if key in own else shared[key] for key in _KEYS}


def from_record(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of today of what ``record`` gave; older files say nothing of points or of held-out images."""
    modality = POINTS if data.get("points", False) else IMAGES
    shape = (data["channels"], data["height"], data["width"])
    fields: dict[str, dict[str, Any]] = {
        "x": {"shape": (data["n"], *shape), "dtype": "float32" if modality == POINTS else "uint8"}
    }
    if data["classes"]:
        fields["y"] = {"shape": (data["n"],), "dtype": "int64"}
    shared = {key: value for key, value in data.items() if key not in ("channels", "height", "width", "points")}
    values = values_of(modality, shape, tuple(data["classes"]))
    described = told(data["n"], shape, modality)
    return {**shared, "modality": {"name": modality, "values": values}, "fields": fields, "described": described}
