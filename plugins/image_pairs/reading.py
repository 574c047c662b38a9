"""Folders of pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ganzoo.errors import DataError
from ganzoo.layers import picture_files, read_pictures


def read_pairs(folder: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Return wanted and given pictures of a folder, ``(N, C, H, W)`` uint8 each; None where it holds no pairs.

    Args:
        folder: has folders ``A`` and ``B``, or pictures side by side.

    Raises:
        DataError: see ``Pairs.read``.
    """
    if not folder.is_dir():
        return None
    given, wanted = (folder / name for name in ("A", "B"))
    return _partners(given, wanted) if given.is_dir() and wanted.is_dir() else _halves(folder)


def _partners(given: Path, wanted: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read the pictures of two folders that have the same stems."""
    of_given, of_wanted = ({file.stem: file for file in picture_files(folder)} for folder in (given, wanted))
    for one, other, folder in ((of_given, of_wanted, wanted), (of_wanted, of_given, given)):
        if alone := sorted(one.keys() - other.keys()):
            raise DataError(
                f"{one[alone[0]]} has no partner in {folder}: the two pictures of a pair have one name, "
                "and lie in A and in B"
            )
    if not of_given:
        raise DataError(f"{given} and {wanted} hold no pictures")
    y, x = (read_pictures({str(file): file for _, file in sorted(found.items())}) for found in (of_given, of_wanted))
    if x.shape[2:] != y.shape[2:]:
        raise DataError(
            f"the pictures of {given} have {y.shape[3]}x{y.shape[2]} pixels, and those of {wanted} "
            f"{x.shape[3]}x{x.shape[2]}: bring both to one size"
        )
    return x, y


def _halves(folder: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Read pictures that are twice as wide as high, and cut them in two; None where the first one is not."""
    from PIL import Image

    files = picture_files(folder)
    if not files:
        return None
    try:
        with Image.open(files[0]) as first:
            width, height = first.size
    except OSError:
        return None
    if width != 2 * height:
        return None
    both = read_pictures({str(file): file for file in files})
    return both[:, :, :, height:], both[:, :, :, :height]
