"""Samples as an ``.npz``, written batch after batch."""

from __future__ import annotations

import errno
import os
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

import numpy as np

from ..errors import SetupError
from ..storage.atomic import in_place
from ..storage.room import cannot_write, room
from .samples import Samples


def write_arrays(path: Path, parts: Iterator[Samples], n: int) -> None:
    """Write ``n`` samples as an ``.npz`` of plain arrays, whole or not at all.

    Images are ``images``, uint8 ``(N, C, H, W)``; with labels there are ``labels``, int64 ``(N,)``, and ``classes``,
    their names. Points are ``points``, float32 ``(N, D)``. The same samples give the same bytes.

    Args:
        path: of the file.
        parts: batches, at least one.
        n: samples in all.

    Raises:
        SetupError: the disk is full or the folder cannot be written.
    """
    first = next(parts)
    name = "points" if first.kind == "points" else "images"
    _require_room(path, n * first.numpy()[:1].nbytes)
    labels: list[np.ndarray] = []

    def rows() -> Iterator[np.ndarray]:
        for part in chain([first], parts):
            if part.y is not None:
                labels.append(part.y.numpy())
            yield part.numpy()

    with in_place(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        _write(archive, name, rows(), (n, *first.numpy().shape[1:]), first.numpy().dtype)
        if labels:
            _write_whole(archive, "labels", np.concatenate(labels))
            _write_whole(archive, "classes", np.array(first.classes))


def _require_room(path: Path, size: int) -> None:
    """Refuse a file that the disk has no room for, before it is filled.

    Raises:
        SetupError: with the size and what is free.
    """
    with suppress(OSError):  # the system does not tell
        if size > room(path.parent).size:
            full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            raise SetupError(cannot_write(path, full, size))


def _write_whole(archive: zipfile.ZipFile, name: str, array: np.ndarray) -> None:
    _write(archive, name, iter([array]), array.shape, array.dtype)


def _write(
    archive: zipfile.ZipFile, name: str, rows: Iterator[np.ndarray], shape: tuple[int, ...], dtype: np.dtype
) -> None:
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
        np.lib.format.write_array_header_1_0(file, header)
        for array in rows:
            file.write(np.ascontiguousarray(array).data.cast("B"))
