"""Writers of prepared sets: a zip or a folder of PNG files, or an ``.npz``. An image at a time goes through memory."""

import io
import shutil
import zipfile
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

import numpy as np
from PIL import Image

from .record import ARRAY, RECORD, Record

_EPOCH = (1980, 1, 1, 0, 0, 0)  # of a zip's members, so that equal images give equal files


class Writer(ABC):
    """A prepared set that is being written.

    Args:
        path: of the file, or of the folder, which is there and empty.
        folders: of the classes.
    """

    def __init__(self, path: Path, folders: tuple[str, ...]) -> None:
        self.path = path
        self.folders = folders
        self.n = 0

    def __enter__(self) -> Self:
        """Go on with an open file."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave it closed, also where the set was not finished."""
        self.release()

    def add(self, pixels: np.ndarray, label: int | None) -> None:
        """Write an image ``(C, H, W)`` uint8 with 1 or 3 channels, and its class."""
        self._add(pixels, label)
        self.n += 1

    @abstractmethod
    def _add(self, pixels: np.ndarray, label: int | None) -> None:
        """See ``add``."""

    @abstractmethod
    def close(self, record: Record) -> None:
        """Write the record, and finish."""

    def release(self) -> None:  # noqa: B027 - most have nothing to close
        """Close what is open."""

    def _name(self, label: int | None) -> str:
        return f"{'' if label is None else self.folders[label] + '/'}{self.n:08}.png"


class FolderWriter(Writer):
    """A folder of PNG files, with a folder in it for each class."""

    def _add(self, pixels: np.ndarray, label: int | None) -> None:
        path = self.path / self._name(label)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(png_of(pixels))

    def close(self, record: Record) -> None:
        """See ``Writer``."""
        (self.path / RECORD).write_text(record.to_json(), encoding="utf-8")


class ZipWriter(Writer):
    """A zip of PNG files, which are stored as they are."""

    def __init__(self, path: Path, folders: tuple[str, ...]) -> None:
        super().__init__(path, folders)
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_STORED)

    def _add(self, pixels: np.ndarray, label: int | None) -> None:
        self._zip.writestr(zipfile.ZipInfo(self._name(label), _EPOCH), png_of(pixels))

    def close(self, record: Record) -> None:
        """See ``Writer``."""
        self._zip.writestr(zipfile.ZipInfo(RECORD, _EPOCH), record.to_json())
        self._zip.close()

    def release(self) -> None:
        """See ``Writer``."""
        self._zip.close()


class NpzWriter(Writer):
    """An ``.npz`` with ``images`` ``(N, C, H, W)``, ``labels`` ``(N,)`` where there are classes, and the record.

    The number of images stands in front of them, so their pixels go into a file beside it first.
    """

    def __init__(self, path: Path, folders: tuple[str, ...]) -> None:
        super().__init__(path, folders)
        self._pixels = path.with_name(f"{path.name}.pixels")
        self._raw = self._pixels.open("wb")
        self._labels: list[int] = []
        self._shape: tuple[int, ...] = ()

    def _add(self, pixels: np.ndarray, label: int | None) -> None:
        self._shape = pixels.shape
        self._raw.write(np.ascontiguousarray(pixels).data)
        self._labels += [] if label is None else [label]

    def close(self, record: Record) -> None:
        """See ``Writer``."""
        self._raw.close()
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED) as archive:
            head = {"descr": "|u1", "fortran_order": False, "shape": (self.n, *self._shape)}
            with archive.open(self._info("images"), "w", force_zip64=True) as member:
                np.lib.format.write_array_header_1_0(member, head)
                with self._pixels.open("rb") as raw:
                    shutil.copyfileobj(raw, member, 2**20)
            if self._labels:
                self._put(archive, "labels", np.array(self._labels, dtype=np.int64))
            self._put(archive, ARRAY, np.frombuffer(record.to_json().encode(), dtype=np.uint8))
        self._pixels.unlink()

    def release(self) -> None:
        """See ``Writer``."""
        self._raw.close()

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
        info.compress_type = zipfile.ZIP_DEFLATED
        return info

    def _put(self, archive: zipfile.ZipFile, name: str, array: np.ndarray) -> None:
        out = io.BytesIO()
        np.lib.format.write_array(out, array, allow_pickle=False)
        archive.writestr(self._info(name), out.getvalue())


def png_of(pixels: np.ndarray) -> bytes:
    """Encode an image ``(C, H, W)`` uint8 with 1 or 3 channels."""
    out = io.BytesIO()
    Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)).save(out, "PNG")
    return out.getvalue()
