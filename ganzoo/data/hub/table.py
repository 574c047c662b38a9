"""Rows of Parquet files: images as files in them, and the column of labels."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DataError
from ...text import some_of
from ..image_sets.labels import compact, of_values
from ..pictures.decode import Member
from ..pictures.picture import BadImageError
from .client import required

_IMAGES = ("image", "img", "images", "picture", "jpg", "png")
_LABELS = ("label", "labels", "fine_label", "class", "target")
_MOST_TOLD = 12


@dataclass(frozen=True)
class Columns:
    """Columns that are read.

    Attributes:
        image: that of the images.
        label: that of the labels; None where there is none.
        names: of the classes by label; empty where the files have none.
        others: names of the columns that are not read.
    """

    image: str
    label: str | None
    names: tuple[str, ...]
    others: tuple[str, ...]


def choose_columns(schema: Any, where: str, image: str = "", label: str = "") -> Columns:
    """Choose the columns of images and labels.

    Source: the metadata ``huggingface`` of a file's schema, as the library ``datasets`` writes it:
        ``{"info": {"features": {"img": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": [...]}}}}``.

    Args:
        schema: of the first file, a ``pyarrow.Schema``.
        where: the set, for messages.
        image: its column of images as it was asked for; empty for the one that is found.
        label: likewise; ``none`` for none.

    Raises:
        DataError: there is no such column, or none that holds images, or several could be meant.
    """
    features = _features(schema)
    kinds = {name: features.get(name, {}).get("_type", "") for name in schema.names}
    images = [name for name in schema.names if kinds[name] == "Image" or _holds_files(schema.field(name).type)]
    named = some_of([repr(name) for name in schema.names], _MOST_TOLD)
    if image and image not in schema.names:
        raise DataError(f"{where} has no column {image!r}; name one of {named} as ?image=COLUMN")
    chosen = image or _one(images, _IMAGES)
    if not chosen:
        what = "several columns of images" if images else "no column of images"
        raise DataError(f"{where} has {what}; name one of {named} as ?image=COLUMN")
    labels = [name for name in schema.names if kinds[name] == "ClassLabel"]
    labels = labels or [name for name in schema.names if name in _LABELS and _is_whole(schema.field(name).type)]
    if label not in ("", "none") and label not in schema.names:
        raise DataError(f"{where} has no column {label!r}; name one of {named} as ?label=COLUMN, or ?label=none")
    found = None if label == "none" else label or (_one(labels, _LABELS) if labels else None)
    if found == "":
        raise DataError(f"{where} has several columns of labels; name one of {labels} as ?label=COLUMN, or ?label=none")
    names = tuple(str(name) for name in features.get(found or "", {}).get("names") or ())
    others = tuple(name for name in schema.names if name not in (chosen, found))
    return Columns(chosen, found, names, others)


def _features(schema: Any) -> dict[str, Any]:
    try:
        found = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
    except (KeyError, TypeError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: feature for name, feature in found.items() if isinstance(feature, dict)}


def _holds_files(kind: Any) -> bool:
    return str(kind).startswith("struct<") and "bytes: binary" in str(kind)


def _is_whole(kind: Any) -> bool:
    return str(kind).startswith(("int", "uint"))


def _one(names: Sequence[str], usual: Sequence[str]) -> str:
    """Return the only name, or the first usual one; empty where several others are there."""
    if len(names) == 1:
        return names[0]
    return next((name for name in usual if name in names), "")


class Rows:
    """Rows of several files. Those of one row group are held at a time.

    Args:
        paths: of the files, in order.
        where: the set, for messages.
        image: see ``choose_columns``.
        label: see ``choose_columns``.

    Raises:
        DataError: a file is damaged, or has no such columns.
    """

    def __init__(self, paths: Sequence[Path], where: str, image: str = "", label: str = "") -> None:
        parquet = required("pyarrow.parquet")
        self.where = where
        try:
            self._files = [parquet.ParquetFile(path) for path in paths]
        except Exception as error:
            raise DataError(
                f"{where}: a file of it is no Parquet ({error}); remove it, and repeat the command"
            ) from error
        self.columns = choose_columns(self._files[0].schema_arrow, where, image, label)
        self._groups = [(file, group) for file in self._files for group in range(file.num_row_groups)]
        sizes = [file.metadata.row_group(group).num_rows for file, group in self._groups]
        self._ends = np.cumsum(sizes)
        self._held: tuple[int, list[Any]] = (-1, [])

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self._ends[-1]) if len(self._ends) else 0

    def members(self) -> list[Member]:
        """Return the images, as files called by their row."""
        return [Member(f"row {index:08}", partial(self._read, index)) for index in range(self.n)]

    def _read(self, index: int) -> bytes:
        at = int(np.searchsorted(self._ends, index, side="right"))
        if self._held[0] != at:
            file, group = self._groups[at]
            try:
                table = file.read_row_group(group, columns=[self.columns.image])
            except Exception as error:
                raise BadImageError(f"cannot be read ({error})") from error
            self._held = (at, table.column(0).to_pylist())
        rows = self._held[1]
        value = rows[index - int(self._ends[at])]
        content = value.get("bytes") if isinstance(value, dict) else value
        if not isinstance(content, bytes):
            raise BadImageError("holds no image, but a path or nothing")
        return content

    def labels_of(self, kept: Sequence[int]) -> tuple[np.ndarray | None, tuple[str, ...], list[str]]:
        """Return the labels of rows, the classes, and sentences on both, as ``Arranged.labels_of`` does.

        Raises:
            DataError: they are not whole numbers from 0.
        """
        column = self.columns.label
        if column is None:
            return None, (), []
        values: list[Any] = []
        for file in self._files:
            values += file.read(columns=[column]).column(0).to_pylist()
        if all(value in (None, -1) for value in values):
            return None, (), [f"the column {column!r} holds no labels in this split: there are no classes"]
        if not all(isinstance(value, int) and value >= 0 for value in values):
            raise DataError(
                f"{self.where}: the column {column!r} does not hold one whole number from 0 for each image; "
                "name another as ?label=COLUMN, or ?label=none"
            )
        labels = np.array(values, dtype=np.int64)[list(kept)]
        said = [f"the classes are those of the column {column!r}"]
        if self.columns.names and int(labels.max(initial=0)) < len(self.columns.names):
            indices, classes, more = compact(labels, self.columns.names)
        else:
            indices, classes, more = of_values(labels)
        return indices, classes, [*said, *more]

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            file.close()
