"""Decoded data of any modality, checked, with the digest of their content."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..errors import DataError
from ..interfaces.data import Images
from ..interfaces.modality import Rows
from . import version1
from .plain import plain_of

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")
_MEND = "mend the plugin that reads it, or name other data with --data"

GIVEN = (Images, Rows)  # what a data set may give


@dataclass(frozen=True)
class AtRest:
    """Data at rest, as they are kept.

    Attributes:
        modality: the name of it.
        values: its plain values.
        fields: arrays ``(N, ...)`` by name.
        classes: the names of the classes by index; empty without labels.
        described: number and shape, for people.
        hash: sha256 in hex over all of that but the last.
        extractor, metrics: of the modality; empty for those of version 1.
    """

    modality: str
    values: Mapping[str, Any]
    fields: Mapping[str, np.ndarray]
    classes: tuple[str, ...]
    described: str
    hash: str
    extractor: str = ""
    metrics: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Rows of the field ``x``, else of the longest field."""
        return len(self.fields["x"]) if "x" in self.fields else max(map(len, self.fields.values()))

    @property
    def counts(self) -> tuple[int, ...]:
        """Count the samples of each class; empty without labels."""
        labels = self.fields.get("y")
        if labels is None or not self.classes or len(labels) != self.n:
            return ()
        return tuple(np.bincount(labels, minlength=len(self.classes)).tolist())


def at_rest(data: Images | Rows, where: str) -> AtRest:
    """Check decoded data, and take the digest of their content.

    Args:
        data: as a dataset or a modality read them.
        where: they come from, in words.

    Raises:
        DataError: they are broken.
        PluginError: their modality cannot be told of in plain values.
    """
    if isinstance(data, Rows):
        if not version1.is_one(type(data.modality).name):
            return _of_rows(data, where)
        fields = dict(data.fields)
        data = Images(fields.pop("x", np.zeros(0)), fields.pop("y", None), tuple(data.classes))
        if fields:
            raise DataError(f"{where}: images and points have the fields x and y, and not {_words(fields)}; {_MEND}")
    version1.check(data, where)
    pixels, classes = data.pixels, tuple(data.classes)
    modality, shape = version1.modality_of(pixels), pixels.shape[1:]
    fields = {"x": pixels} | ({} if data.labels is None else {"y": data.labels})
    described, values = version1.told(len(pixels), shape, modality), version1.values_of(modality, shape, classes)
    return AtRest(modality, values, fields, classes, described, version1.content_hash(data))


def _of_rows(rows: Rows, where: str) -> AtRest:
    name, classes = type(rows.modality).name, tuple(rows.classes)
    fields = {key: np.asarray(array) for key, array in rows.fields.items()}
    _check(fields, classes, f"{where}: {name}", where)
    values = plain_of(rows.modality)
    described = rows.modality.described({key: torch.from_numpy(_own(array)) for key, array in fields.items()})
    digest, kind = rows_hash(name, values, fields, classes), type(rows.modality)
    return AtRest(name, values, fields, classes, described, digest, kind.extractor, kind.metrics)


def rows_hash(
    modality: str, values: Mapping[str, Any], fields: Mapping[str, np.ndarray], classes: tuple[str, ...]
) -> str:
    """Sha256 in hex over the modality and its values, the names of the classes, and each field, by name in order.

    Of a field its name, shape, type and content, in C order and little-endian.
    """
    ordered = {key: fields[key] for key in sorted(fields)}
    shapes = {key: [list(array.shape), array.dtype.name] for key, array in ordered.items()}
    head = {"modality": modality, "values": values, "classes": classes, "fields": shapes}
    digest = hashlib.sha256(json.dumps(head, sort_keys=True).encode() + b"\n")
    for array in ordered.values():
        digest.update(np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).data)
    return digest.hexdigest()


def _check(fields: Mapping[str, np.ndarray], classes: tuple[str, ...], what: str, where: str) -> None:
    if not fields:
        raise DataError(f"{what} of no field at all; {_MEND}")
    for key, array in fields.items():
        if not isinstance(key, str) or not _NAME.fullmatch(key):
            raise DataError(f"{what} has a field named {key!r}, where lower-case letters and digits are; {_MEND}")
        if array.dtype.name not in _DTYPES or not array.ndim or not array.size:
            raise DataError(
                f"{what} has a field {key!r} of {array.dtype} and shape {array.shape}, where N rows of one of "
                f"{', '.join(_DTYPES)} are needed; {_MEND}"
            )
        if array.dtype.kind == "f" and (bad := int((~np.isfinite(array)).reshape(len(array), -1).any(axis=1).sum())):
            raise DataError(
                f"{what}: {bad:,} of the {len(array):,} rows of field {key!r} hold NaN or infinite values; {_MEND}"
            )
    labels = fields.get("y")
    if not classes:
        return
    if labels is None or labels.ndim != 1 or labels.dtype != np.int64:
        raise DataError(f"{what} names {len(classes)} classes, and has no field 'y' of one int64 for each; {_MEND}")
    if labels.min() < 0 or labels.max() >= len(classes):
        raise DataError(f"{where}: label {labels.max()} is none of the {len(classes)} classes; {_MEND}")


def _own(array: np.ndarray) -> np.ndarray:
    """Return memory that torch may look at."""
    return array if array.flags.writeable and array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _words(names: Mapping[str, Any]) -> str:
    return ", ".join(repr(name) for name in sorted(names))
