"""Images in an ``.npz`` file."""

import math
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from ...errors import DataError
from ...interfaces.data import Images
from ...text import shown
from ..pictures.room import require_images, require_room
from .labels import from_one_hot, of_values
from .npz_keys import Header, choose
from .record import ARRAY, Record

MOST_CLASSES = 100_000
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def headers_of(archive: zipfile.ZipFile) -> dict[str, Header]:
    """Read what the arrays announce; of one that cannot be read, nothing."""
    found = {}
    for name in (name for name in archive.namelist() if name.endswith(".npy")):
        try:
            shape, dtype, _ = header_of(archive, name)
        except Exception:  # nor may it be needed
            shape, dtype = (), np.dtype("V")
        found[name.removesuffix(".npy")] = Header(shape, dtype.kind)
    return found


def header_of(
    archive: zipfile.ZipFile, name: str, file: IO[bytes] | None = None
) -> tuple[tuple[int, ...], np.dtype, bool]:
    """Read what an array announces: its shape, its type, and whether its order is Fortran's.

    Args:
        archive: that holds it.
        name: of it, with ``.npy``.
        file: its open file, which is left where the rows begin; None to open one for this.

    Raises:
        Exception: of nearly any kind, where it is broken.
    """
    if file is None:
        with archive.open(name) as opened:
            return header_of(archive, name, opened)
    version = np.lib.format.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(f"an array is of version {version}")
    shape, fortran, dtype = _HEADERS[version](file)
    return shape, dtype, fortran


def _read(archive: zipfile.ZipFile, key: str, where: str) -> np.ndarray:
    """Read an array, whose size is known and allowed before it is read."""
    info = archive.getinfo(f"{key}.npy")
    shape, dtype, _ = header_of(archive, info.filename)
    size = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or size > info.file_size:
        raise ValueError(f"the header of {info.filename!r} announces more than there is")
    require_images(size, info.compress_size, f"{where}, array {shown(key)},")
    require_room(size, f"{where}: {dtype} of shape {shape}")
    with archive.open(info) as file:
        found: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
    return found


@dataclass(frozen=True)
class Arrays:
    """Images and labels of an ``.npz``.

    Attributes:
        images: the images.
        notes: sentences on how they were read.
        left_out: sentences on the arrays that were not.
    """

    images: Images
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def read_npz(path: Path, part: str | None = None) -> Arrays:
    """Read ``images`` (or ``x``, ``arr_0``) and, where it has them, ``labels`` (or ``y``, ``arr_1``); see ``npz_keys``.

    Images are uint8, ``(N, H, W)``, ``(N, C, H, W)`` or ``(N, H, W, C)``; see ``_channels_first`` for how the last two
    are told apart. Labels are whole numbers from 0, ``(N,)``
    or ``(N, 1)``, or rows with a single one; other rows, such as several labels for each image, name no classes.

    Args:
        path: of the file.
        part: see ``npz_keys.choose``.

    Raises:
        DataError: the file is damaged, holds something else, or takes more memory than there is.
    """
    where = shown(path.name)
    try:
        with warnings.catch_warnings(), zipfile.ZipFile(path) as archive:
            warnings.simplefilter("ignore")  # numpy grumbles about headers of Python 2
            headers = headers_of(archive)
            record = Record.read(_read(archive, ARRAY, where).tobytes(), where, ARRAY) if ARRAY in headers else None
            keys = choose({key: header for key, header in headers.items() if key != ARRAY}, where, part)
            pixels = _read(archive, keys.images, where)
            labels = _read(archive, keys.labels, where) if keys.labels else None
    except DataError:
        raise
    except Exception as error:  # numpy's reader of broken headers raises nearly anything, TokenError among it
        raise DataError(
            f"{where} is damaged or no .npz of plain arrays ({shown(error)[1:-1]}); save it anew with "
            "np.savez(FILE, images=images)"
        ) from error
    if pixels.dtype != np.uint8:
        raise DataError(
            f"{where}: the images are {pixels.dtype}, where uint8 from 0 to 255 is needed; "
            "scale them to that, and save images.astype('uint8')"
        )
    sides = pixels.shape[1:]
    pixels = _channels_first(pixels, where)
    told = list(keys.notes)
    if len(sides) == 3 and len(set(sides)) == 1:
        told.append(f"of three equal sides the first is taken for {sides[0]:,} channels")
    told += [] if record is None else [record.told(len(pixels))]
    if labels is None:
        return Arrays(Images(pixels), tuple(told), keys.left_out)
    indices, classes, notes = _classes(labels, len(pixels), where)
    if record is not None and all(int(name) < len(record.classes) for name in classes):
        classes, notes = tuple(record.classes[int(name)] for name in classes), []
    return Arrays(Images(pixels, indices, classes), (*told, *notes), keys.left_out)


def _classes(labels: np.ndarray, n: int, where: str) -> tuple[np.ndarray | None, tuple[str, ...], list[str]]:
    """Make classes of the labels of ``n`` images: their indices or None, their names, and sentences on both."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and len(labels) == n and labels.dtype.kind in "biuf":
        width = labels.shape[1]
        one_hot = from_one_hot(labels)
        if one_hot is None:
            return None, (), [f"the labels are rows of {width:,} numbers, which name no classes: none are used"]
        labels = one_hot
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or len(labels) != n:
        raise DataError(
            f"{where}: the labels are not one whole number for each of the {n:,} images; save such, or leave them out"
        )
    if labels.min() < 0:
        raise DataError(
            f"{where}: the labels go from {labels.min()} to {labels.max()}, and classes count from 0; "
            f"save labels + {-int(labels.min())}, or leave them out"
        )
    indices, classes, notes = of_values(labels)
    if len(classes) > MOST_CLASSES:
        raise DataError(
            f"{where}: the labels have {len(classes):,} different values, and {MOST_CLASSES:,} is the most; "
            "leave them out, since these are no classes"
        )
    return indices, classes, notes


def _channels_first(pixels: np.ndarray, where: str) -> np.ndarray:
    """Bring images to ``(N, C, H, W)``.

    Two equal sides beside each other are height and width, the last two where all three are equal; of three others the
    smallest is that of the channels, which stand first or last.
    """
    if pixels.size and pixels.ndim == 3:
        return pixels[:, None]
    if pixels.size and pixels.ndim == 4:
        first, middle, last = pixels.shape[1:]
        if middle == last or (first != middle and first < min(middle, last)):
            return pixels
        if first == middle or last < min(first, middle):
            return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))
    raise DataError(
        f"{where}: the images have the shape {pixels.shape}, not N images in NHW, NCHW or NHWC; save them so"
    )
