"""From encoded image files to one array.

What becomes of the modes: grey (1 or 8 bit) stays one channel; everything with colour becomes RGB, a palette and
CMYK included; transparency is laid over white; of an animation the first frame is taken; EXIF rotation is not
applied. 16 bits a channel are refused, because which of them matter is not in the file.
"""

import io
import logging
import re
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, UnidentifiedImageError

from ..errors import DataError
from ..text import shown

_log = logging.getLogger(__name__)

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".ppm", ".pgm", ".tif", ".tiff")
# Named one by one: Pillow also opens formats that start other programs (EPS) or read further files.
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "PPM", "TIFF")
LARGEST_FILE = 64 * 2**20
LARGEST_SIDE = 4096
LARGEST_SET = 64 * 2**30
_SECONDS_BETWEEN_REPORTS = 5.0


class BadImageError(Exception):
    """One image that cannot be used; the message goes on after its name, e.g. ``is empty``."""


@dataclass(frozen=True)
class Member:
    """An image file somewhere.

    Attributes:
        name: relative, with ``/`` between folders.
        read: its bytes; raises ``BadImageError``.
    """

    name: str
    read: Callable[[], bytes]


def _open(data: bytes) -> Image.Image:
    if not data:
        raise BadImageError("is empty")
    if len(data) > LARGEST_FILE:
        raise BadImageError(f"is larger than {LARGEST_FILE // 2**20} MiB")
    try:
        picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise BadImageError(f"is larger than {LARGEST_SIDE}x{LARGEST_SIDE} pixels") from error
    except UnidentifiedImageError as error:
        raise BadImageError("is no image") from error
    except Exception as error:  # decoders of broken files raise nearly anything: struct.error, SyntaxError, ...
        raise BadImageError("is truncated or damaged") from error
    if max(picture.size) > LARGEST_SIDE:
        raise BadImageError("is {}x{} pixels, more than {side}x{side}".format(*picture.size, side=LARGEST_SIDE))
    for tile in picture.tile:
        # A 16-bit RGB PNG calls itself RGB; only the raw mode of its tiles tells. BGR;16 is 5 or 6 bits a channel.
        raw = tile[3][0] if isinstance(tile[3], tuple) and tile[3] else tile[3]
        if isinstance(raw, str) and re.search(r";1[26]", raw) and not raw.startswith("BGR"):
            raise BadImageError("has 16 bits a channel, not 8")
    if picture.mode.startswith(("I", "F")):
        raise BadImageError("has more than 8 bits a channel")
    return picture


def _channels(picture: Image.Image) -> int:
    return 1 if picture.mode in ("1", "L", "LA", "La") else 3


def decode(data: bytes) -> np.ndarray:
    """Decode bytes to ``(C, H, W)`` uint8 with 1 or 3 channels.

    Raises:
        BadImageError: it is no image, or a broken or too large one.
    """
    picture = _open(data)
    grey = _channels(picture) == 1
    try:
        if picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info:
            seen = picture.convert("RGBA")
            white = Image.new("RGBA", seen.size, (255, 255, 255, 255))
            picture = Image.alpha_composite(white, seen)
        picture = picture.convert("L" if grey else "RGB")
    except Exception as error:  # as above
        raise BadImageError("is truncated or damaged") from error
    array = np.asarray(picture)
    return array[None] if grey else array.transpose(2, 0, 1)


def _mismatch(shape: tuple[int, ...], wanted: tuple[int, ...] | None, whose: str) -> str:
    if wanted is None or shape[1] != shape[2]:
        return f"is {shape[2]}x{shape[1]} pixels, not square"
    if shape[0] != wanted[0]:
        kind = {1: "grey", 3: "in colour"}
        return f"is {kind[shape[0]]} where {whose} {kind[wanted[0]]}"
    return f"is {shape[2]}x{shape[1]} pixels where {whose} {wanted[2]}x{wanted[1]}"


def decode_all(members: Sequence[Member], where: str, *, skip_bad: bool) -> tuple[np.ndarray, list[int], list[str]]:
    """Decode images of one size.

    Args:
        members: at least one.
        where: what they lie in, for messages.
        skip_bad: leave bad ones out. Good is then what has the most frequent shape; else the first image's.

    Returns:
        Pixels ``(N, C, H, W)`` uint8, the indices of the members they come from, and what was left out and why.

    Raises:
        DataError: an image is bad and ``skip_bad`` is off, or none is good.
    """
    with warnings.catch_warnings():
        # Pillow grumbles about odd metadata, and about sizes that are refused here long before.
        warnings.simplefilter("ignore")
        attempt = _decode_as(members, where, None, "most are" if skip_bad else "")
        if skip_bad and attempt.shapes:
            most = max(attempt.shapes, key=attempt.shapes.__getitem__)
            if most != attempt.shape:
                # The first image was an odd one.
                attempt = _decode_as(members, where, most, "most are")
    kept, bad = attempt.kept, attempt.bad
    if bad and not (skip_bad and kept):
        others = f" (and {len(bad) - 1:,} more of {len(members):,} images are bad)" if len(bad) > 1 else ""
        remedy = "" if skip_bad or not kept else "; --skip-bad leaves such images out"
        raise DataError(f"{where}: {bad[0]}{others}{remedy}")
    return attempt.pixels[: len(kept)], kept, bad


@dataclass
class _Attempt:
    """Result of decoding with one shape in mind; ``shapes`` counts all that were met, in the order they were."""

    shape: tuple[int, ...] | None
    pixels: np.ndarray
    kept: list[int]
    bad: list[str]
    shapes: Counter[tuple[int, ...]]


def _decode_as(members: Sequence[Member], where: str, shape: tuple[int, ...] | None, whose: str) -> _Attempt:
    """Decode what has ``shape``, or where it is None, that of the first square image."""
    got = _Attempt(shape, np.empty((0, 0, 0, 0), dtype=np.uint8), [], [], Counter())
    reported = time.monotonic()
    for index, member in enumerate(members):
        if time.monotonic() - reported > _SECONDS_BETWEEN_REPORTS:
            reported = time.monotonic()
            _log.info(f"{where}: decoded {index:,} of {len(members):,} images")
        try:
            image = decode(member.read())
            if image.shape[1] == image.shape[2]:
                got.shapes[image.shape] += 1
                if got.shape is None:
                    got.shape, whose = image.shape, whose or f"{shown(member.name)} is"
            if got.shape is None or image.shape != got.shape:
                raise BadImageError(_mismatch(image.shape, got.shape, whose))
        except BadImageError as reason:
            got.bad.append(f"{shown(member.name)} {reason}")
            continue
        if not got.kept:
            got.pixels = _room(len(members), got.shape, where)
        got.pixels[len(got.kept)] = image
        got.kept.append(index)
    return got


def _room(n: int, shape: tuple[int, ...], where: str) -> np.ndarray:
    size = n * int(np.prod(shape))
    too_large = (
        f"{where}: {n:,} images of {shape[2]}x{shape[1]} pixels take {size / 2**30:,.1f} GiB in memory, too much"
    )
    if size > LARGEST_SET:
        raise DataError(too_large)
    try:
        return np.empty((n, *shape), dtype=np.uint8)
    except MemoryError as error:
        raise DataError(too_large) from error
