"""Images of an ``.npz`` as a stream: rows are unpacked as they are asked for."""

from __future__ import annotations

import hashlib
import math
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...data.image_sets.arrays import header_of, headers_of
from ...data.image_sets.npz_keys import choose
from ...errors import DataError
from ...text import shown, slug
from .streams import ImageStream, batch_size, images_at

_COLOURS = (1, 3)


class NpzStream(ImageStream):
    """The images of an ``.npz``, uint8 ``(N, H, W)``, ``(N, C, H, W)`` or ``(N, H, W, C)`` of 1 or 3 channels.

    Args:
        path: of the file.
        part: the part of it to read, such as ``test``; None for the one that training would read.

    Raises:
        DataError: the file is damaged or holds no such images.
    """

    kind = "npz"

    def __init__(self, path: Path, part: str | None = None) -> None:
        self._path, self._where = path, shown(path.name)
        self.source, self.name = f"{path}/{part}" if part else str(path), slug(path.name[: -len(".npz")])
        try:
            with warnings.catch_warnings(), zipfile.ZipFile(path) as archive:
                warnings.simplefilter("ignore")  # numpy's, about headers of Python 2
                keys = choose(headers_of(archive), self._where, part)
                self._member = f"{keys.images}.npy"
                self._shape, dtype, fortran = header_of(archive, self._member)
                announced = archive.getinfo(self._member).file_size
            with path.open("rb") as file:
                self.fingerprint = hashlib.file_digest(file, "sha256").hexdigest() + self._member
        except DataError:
            raise
        except Exception as error:  # numpy's reader of broken headers raises nearly anything
            raise DataError(f"{self._where} is damaged or no .npz of plain arrays ({shown(error)[1:-1]})") from error
        if dtype != np.uint8 or fortran:
            order = ", in Fortran's order" if fortran else ""
            raise DataError(f"{self._where}: the images are {dtype}{order}, where uint8 in C's order is needed")
        if math.prod(self._shape) > announced or 0 in self._shape:
            raise DataError(f"{self._where}: the array {self._member} announces {self._shape}, which it does not hold")
        self._last = _channels_last(self._shape, self._where)
        self.n, self.left_out, self.notes = self._shape[0], keys.left_out, ()
        self.fingerprint = hashlib.sha256(f"npz 1 {self.fingerprint}".encode()).hexdigest()

    def batches(self) -> Iterator[Tensor]:
        """Yield ``(B, C, H, W)`` uint8."""
        row = math.prod(self._shape[1:])
        size = batch_size(row)
        try:
            with zipfile.ZipFile(self._path) as archive, archive.open(self._member) as file:
                header_of(archive, self._member, file)
                for at in range(0, self.n, size):
                    n = min(size, self.n - at)
                    data = file.read(n * row)
                    if len(data) != n * row:
                        raise EOFError("it is cut short")
                    yield self._images(np.frombuffer(bytearray(data), np.uint8).reshape(n, *self._shape[1:]))
        except (zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
            raise DataError(f"{self._where} is damaged ({shown(error)[1:-1]})") from error

    def images(self, places: Sequence[int]) -> list[Tensor]:
        """Read the file up to the last of them."""
        return images_at(places, self.batches())

    def _images(self, rows: np.ndarray) -> Tensor:
        if rows.ndim == 3:
            rows = rows[:, None]
        elif self._last:
            rows = np.ascontiguousarray(rows.transpose(0, 3, 1, 2))
        return torch.from_numpy(rows)


def _channels_last(shape: Sequence[int], where: str) -> bool:
    if len(shape) == 3:
        return False
    if len(shape) == 4 and (shape[1] in _COLOURS or shape[3] in _COLOURS):
        return shape[1] not in _COLOURS
    raise DataError(f"{where}: the images have the shape {tuple(shape)}, not N images of 1 or 3 channels")
