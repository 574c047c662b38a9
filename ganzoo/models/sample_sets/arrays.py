"""Samples as an ``.npz``, written batch after batch."""

from __future__ import annotations

import errno
import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from itertools import chain
from pathlib import Path

import numpy as np

from ...errors import SetupError
from ...storage.atomic import in_place
from ...storage.room import cannot_write, room
from .samples import Samples

_AT_ONCE = 1 << 24  # bytes that are copied at once


def write_arrays(path: Path, parts: Iterator[Samples], n: int) -> None:
    """Write ``n`` samples as an ``.npz`` of plain arrays, whole or not at all.

    Images are ``images``, uint8 ``(N, C, H, W)``; with labels there are ``labels``, int64 ``(N,)``, and ``classes``,
    their names. Points are ``points``, float32 ``(N, D)``. Samples of another modality have the names that it gives
    them; conditions that are no labels are ``y``, or ``y_`` and each of their names. The same samples give the same
    bytes.

    Args:
        path: of the file.
        parts: batches, at least one.
        n: samples in all.

    Raises:
        SetupError: the disk is full or the folder cannot be written.
    """
    first = next(parts)
    _require_room(path, n * sum(array[:1].nbytes for array in _named(first).values()))

    with in_place(path) as part, ExitStack() as stack, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        names = iter(_named(first).items())
        leading, like = next(names)
        others = {name: _Kept(array, part.parent, stack) for name, array in names}

        def rows() -> Iterator[np.ndarray]:
            for one in chain([first], parts):
                named = _named(one)
                for name, kept in others.items():
                    kept.add(named[name])
                yield named[leading]

        _write(archive, leading, rows(), (n, *like.shape[1:]), like.dtype)
        for name, kept in others.items():
            _write(archive, name, kept.again(), (n, *kept.shape), kept.dtype)
        if first.classes and first.y is not None:
            classes = np.array(first.classes)
            _write(archive, "classes", iter([classes]), classes.shape, classes.dtype)


def _named(samples: Samples) -> dict[str, np.ndarray]:
    """Return all arrays of samples and of their conditions by name."""
    tensors = samples.modality.arrays(samples.data)
    if samples.y is not None:
        said = samples.y if isinstance(samples.y, Mapping) else {"": samples.y}
        plain = "labels" if samples.classes else "y"
        tensors = tensors | {f"y_{name}" if name else plain: tensor for name, tensor in said.items()}
    return {name: tensor.numpy() for name, tensor in tensors.items()}


class _Kept:
    """Rows of an array that is written after another one: on the disk meanwhile, whatever their number.

    Args:
        like: rows of it.
        folder: where there is room.
        stack: closes the file, which has no name there.
    """

    def __init__(self, like: np.ndarray, folder: Path, stack: ExitStack) -> None:
        self.shape, self.dtype = like.shape[1:], like.dtype
        self._file = stack.enter_context(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115  the stack closes it

    def add(self, rows: np.ndarray) -> None:
        """Put rows behind the others."""
        self._file.write(np.ascontiguousarray(rows).data.cast("B"))

    def again(self) -> Iterator[np.ndarray]:
        """Give them all, some at a time."""
        self._file.seek(0)
        while content := self._file.read(_AT_ONCE):
            yield np.frombuffer(content, dtype=np.uint8)


def _require_room(path: Path, size: int) -> None:
    """Refuse a file that the disk has no room for, before it is filled.

    Raises:
        SetupError: with the size and what is free.
    """
    with suppress(OSError):  # the system does not tell
        if size > room(path.parent).size:
            full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            raise SetupError(cannot_write(path, full, size))


def _write(
    archive: zipfile.ZipFile, name: str, rows: Iterator[np.ndarray], shape: tuple[int, ...], dtype: np.dtype
) -> None:
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
        np.lib.format.write_array_header_1_0(file, header)
        for array in rows:
            file.write(np.ascontiguousarray(array).data.cast("B"))
