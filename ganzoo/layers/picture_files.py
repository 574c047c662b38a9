"""Files of pictures, for data that are more than one folder of them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..errors import DataError

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")


def picture_files(folder: Path) -> list[Path]:
    """List the files of pictures that lie in a folder itself, by name."""
    if not folder.is_dir():
        return []
    found = [file for file in folder.iterdir() if file.suffix.lower() in ENDINGS and not file.name.startswith(".")]
    return sorted(found, key=lambda file: file.name)


def read_picture(file: Path) -> np.ndarray:
    """Decode a file to ``(C, H, W)`` uint8: one channel of a grey picture, three of any other, turned upright.

    Raises:
        DataError: it is no picture, or a broken one.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow grumbles about odd metadata
            with Image.open(file) as opened:
                grey = opened.mode in ("1", "L", "LA")
                pixels = np.asarray(ImageOps.exif_transpose(opened).convert("L" if grey else "RGB"))
    except Exception as error:  # decoders of broken files raise nearly anything
        raise DataError(f"{file} is no picture that can be read; leave it out, or save it as PNG") from error
    return pixels[None] if grey else pixels.transpose(2, 0, 1)


def read_pictures(files: Mapping[str, Path]) -> np.ndarray:
    """Decode files of one size to ``(N, C, H, W)`` uint8; where some are grey and others are not, all are in colour.

    Args:
        files: by what messages call them; at least one.

    Raises:
        DataError: one is broken, or has another size than the first.
    """
    decoded = {name: read_picture(file) for name, file in files.items()}
    first, height, width = next(((name, *one.shape[1:]) for name, one in decoded.items()))
    for name, one in decoded.items():
        if one.shape[1:] != (height, width):
            raise DataError(
                f"{name} has {one.shape[2]}x{one.shape[1]} pixels, and {first} has {width}x{height}: "
                "bring all pictures to one size"
            )
    channels = max(one.shape[0] for one in decoded.values())
    return np.stack([one if one.shape[0] == channels else one.repeat(3, axis=0) for one in decoded.values()])
