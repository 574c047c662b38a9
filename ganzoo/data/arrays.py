"""Images in an ``.npz`` file."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from ..errors import DataError
from ..interfaces.data import Images
from ..text import shown
from .archive import most_unpacked

MOST_CLASSES = 100_000


def _pick(arrays: np.lib.npyio.NpzFile, names: tuple[str, ...]) -> np.ndarray | None:
    name = next((name for name in names if name in arrays.files), None)
    return None if name is None else arrays[name]


def read_npz(path: Path) -> Images:
    """Read ``images`` (or ``x``, ``arr_0``) and, where it has them, ``labels`` (or ``y``).

    Images are uint8, ``(N, H, W)``, ``(N, C, H, W)`` or ``(N, H, W, C)`` and square; which of the last two it is
    shows in the pair of equal sides, and where all are equal it is the first. Labels are whole numbers from 0, ``(N,)``
    or ``(N, 1)``.

    Raises:
        DataError: the file is damaged or holds something else.
    """
    where = shown(path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > most_unpacked(path):
                raise DataError(f"{where} unpacks to far more than images would")
        with np.load(path, allow_pickle=False) as arrays:
            present = ", ".join(shown(name) for name in arrays.files[:5])
            pixels = _pick(arrays, ("images", "x", "arr_0"))
            labels = _pick(arrays, ("labels", "y"))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, MemoryError, NotImplementedError) as error:
        raise DataError(f"{where} is damaged or no .npz of plain arrays ({shown(error)[1:-1]})") from error
    if pixels is None:
        raise DataError(f"{where} has no array 'images', 'x' or 'arr_0', only {present or 'nothing'}")
    if pixels.dtype != np.uint8:
        raise DataError(f"{where}: the images are {pixels.dtype}, where uint8 from 0 to 255 is needed")
    pixels = _channels_first(pixels, where)
    if labels is None:
        return Images(pixels)
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or len(labels) != len(pixels):
        raise DataError(f"{where}: the labels are not one whole number for each of the {len(pixels):,} images")
    if labels.min() < 0 or labels.max() >= MOST_CLASSES:
        raise DataError(f"{where}: the labels go from {labels.min()} to {labels.max()}, not from 0 to their count")
    return Images(pixels, labels.astype(np.int64), tuple(str(index) for index in range(int(labels.max()) + 1)))


def _channels_first(pixels: np.ndarray, where: str) -> np.ndarray:
    if pixels.size:
        if pixels.ndim == 3 and pixels.shape[1] == pixels.shape[2]:
            return pixels[:, None]
        if pixels.ndim == 4 and pixels.shape[2] == pixels.shape[3]:
            return pixels
        if pixels.ndim == 4 and pixels.shape[1] == pixels.shape[2]:
            return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))
    raise DataError(f"{where}: the images have the shape {pixels.shape}, not N square images in NHW, NCHW or NHWC")
