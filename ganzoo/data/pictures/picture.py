"""Decoding of an image file to pixels.

What becomes of the modes: grey (1 or 8 bit) stays one channel; everything with colour becomes RGB, a palette and
CMYK included; transparency is laid over white; of an animation the first frame is taken, of a TIFF the first page. A
picture is turned as its EXIF data say. 16 bits a channel are refused, because which of them matter is not in the
file; those of AVIF, and of JPEG 2000 in colour, are not, since their decoders round them to 8.
"""

import io
import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image, UnidentifiedImageError

from .endings import formats
from .fitting import Fitting
from .png_text import without_text
from .upright import has_more, orientation, upright

Remedy = Literal["skip", "fit", "rgb"]
LARGEST_FILE = 64 * 2**20
LARGEST_SIDE = 4096
# Limit for images that are made smaller at once; Pillow refuses more than some 179 million pixels by itself.
LARGEST_FITTED_SIDE = 16384
_LYING = (5, 6, 7, 8)  # EXIF orientations by which height and width change places


class BadImageError(Exception):
    """One image that cannot be used; the message goes on after its name, e.g. ``is empty``.

    Attributes:
        remedy: ``skip``: it can only be left out; ``fit``: another size makes it usable, ``rgb``: more channels.
    """

    def __init__(self, reason: str, remedy: Remedy = "skip") -> None:
        super().__init__(reason)
        self.remedy: Remedy = remedy


def in_pixels(height: int, width: int) -> str:
    """Size in words that leave open no order."""
    return f"{height}x{width} pixels" if height == width else f"{height} pixels high and {width} wide"


def largest_side(fitting: Fitting | None) -> int:
    """Return the most pixels that a side may have."""
    return LARGEST_SIDE if fitting is None or fitting.size is None else LARGEST_FITTED_SIDE


def _open(data: bytes, largest: int) -> Image.Image:
    if not data:
        raise BadImageError("is empty")
    if len(data) > LARGEST_FILE:
        raise BadImageError(f"is larger than {LARGEST_FILE // 2**20} MiB")
    try:
        picture = Image.open(io.BytesIO(data), formats=formats())
    except Image.DecompressionBombError as error:
        raise BadImageError(
            f"has more pixels than are decoded; make it smaller than {largest:,}x{largest:,}"
        ) from error
    except UnidentifiedImageError as error:
        raise BadImageError("is no image") from error
    except Exception as error:  # decoders of broken files raise nearly anything: struct.error, SyntaxError, ...
        raise BadImageError("is truncated or damaged") from error
    if max(picture.size) > largest:
        remedy: Remedy = "skip" if max(picture.size) > LARGEST_FITTED_SIDE else "fit"
        raise BadImageError(f"is {in_pixels(picture.height, picture.width)}, and a side may have {largest:,}", remedy)
    for tile in picture.tile:
        # A 16-bit RGB PNG calls itself RGB; only the raw mode of its tiles tells. BGR;16 is 5 or 6 bits a channel.
        raw = tile[3][0] if isinstance(tile[3], tuple) and tile[3] else tile[3]
        if isinstance(raw, str) and re.search(r";1[26]", raw) and not raw.startswith("BGR"):
            raise BadImageError("has 16 bits a channel; save it with 8")
    if picture.mode.startswith(("I", "F")):
        raise BadImageError("has more than 8 bits a channel; save it with 8")
    return picture


@dataclass(frozen=True)
class Picture:
    """One image.

    Attributes:
        pixels: ``(C, H, W)`` uint8 with 1 or 3 channels.
        turned: its EXIF data said that it is to be turned, and so it was.
        first_of_several: the file has further pages or frames, which were not taken.
        enlarged: it was smaller than it was to be.
    """

    pixels: np.ndarray
    turned: bool
    first_of_several: bool
    enlarged: bool = False


def decode(data: bytes) -> np.ndarray:
    """Decode bytes to ``(C, H, W)`` uint8, see ``picture_of``."""
    return picture_of(data).pixels


def picture_of(data: bytes) -> Picture:
    """Decode bytes.

    Raises:
        BadImageError: it is no image, or a broken or too large one.
    """
    return decode_opened(open_picture(data), data)


def decode_stored(data: bytes) -> np.ndarray:
    """Decode bytes to ``(3, H, W)`` uint8 as programs do that only convert to RGB.

    Transparency is dropped, and not laid over white; a picture stays as it is stored, whatever its EXIF data say.

    Raises:
        BadImageError: it is no image, or a broken or too large one.
    """
    opened = open_picture(data)
    try:
        return np.asarray(opened.convert("RGB")).transpose(2, 0, 1)
    except Exception as error:  # decoders of broken files raise nearly anything
        raise BadImageError("is truncated or damaged") from error


def open_picture(data: bytes, fitting: Fitting | None = None) -> Image.Image:
    """Read the head of an image, which tells its size; nothing is decoded.

    Args:
        data: of the file.
        fitting: to come; an image that is made smaller may be larger than others.

    Raises:
        BadImageError: it is no image, or a broken or too large one.
    """
    largest = largest_side(fitting)
    try:
        return _open(data, largest)
    except BadImageError:
        if (plain := without_text(data)) is None:
            raise
        return _open(plain, largest)


def decode_opened(opened: Image.Image, data: bytes, fitting: Fitting | None = None) -> Picture:
    """Decode what ``open_picture`` made of ``data``, and fit it.

    Raises:
        BadImageError: it is broken.
    """
    try:
        return _decoded(opened, data, fitting)
    except BadImageError:  # text may come behind the pixels
        if (plain := without_text(data)) is None:
            raise
        return _decoded(_open(plain, largest_side(fitting)), data, fitting)


def shape_of(opened: Image.Image) -> tuple[int, int, int]:
    """Return the shape ``(C, H, W)`` of the pixels once they are turned as EXIF data say."""
    channels = 1 if opened.mode in ("1", "L", "LA", "La") else 3
    if orientation(opened) in _LYING:
        return channels, opened.width, opened.height
    return channels, opened.height, opened.width


def _decoded(opened: Image.Image, data: bytes, fitting: Fitting | None) -> Picture:
    picture, grey = opened, shape_of(opened)[0] == 1  # before it is loaded, as Pillow then turns some by itself
    try:
        turned = picture.format == "TIFF" and orientation(picture) > 1  # Pillow turns those itself when it loads them
        picture.load()
        turned |= orientation(picture) > 1
        picture = upright(picture)
        if picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info:
            seen = picture.convert("RGBA")
            white = Image.new("RGBA", seen.size, (255, 255, 255, 255))
            picture = Image.alpha_composite(white, seen)
        picture = picture.convert("L" if grey else "RGB")
        enlarged = fitting is not None and fitting.enlarges(picture.height, picture.width)
        picture = picture if fitting is None else fitting.fitted(picture, data)
    except Exception as error:  # as above
        raise BadImageError("is truncated or damaged") from error
    array = np.asarray(picture)
    pixels = array[None] if array.ndim == 2 else array.transpose(2, 0, 1)
    return Picture(pixels, turned, has_more(opened), enlarged)
