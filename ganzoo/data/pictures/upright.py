"""Pictures turned as their EXIF data say, and files of several pictures."""

from PIL import ExifTags, Image, ImageOps

_TAG = ExifTags.Base.Orientation
_TURNS = range(2, 9)


def orientation(picture: Image.Image) -> int:
    """Return how the picture is to be turned or mirrored to be seen: 2 to 8, or 1 for not at all.

    Damaged EXIF data say nothing, as to every viewer.

    Source: EXIF 2.32, tag 0x0112; where that is absent, ``tiff:Orientation`` in XMP data, as Pillow has it.
    """
    try:
        found = picture.getexif().get(_TAG, 1)
    except Exception:  # of damaged EXIF data Pillow raises nearly anything: SyntaxError, struct.error, ...
        return 1
    return found if isinstance(found, int) and found in _TURNS else 1


def upright(picture: Image.Image) -> Image.Image:
    """Turn a loaded picture as its EXIF data say."""
    if orientation(picture) == 1:
        return picture
    return ImageOps.exif_transpose(picture)


def has_more(picture: Image.Image) -> bool:
    """Say whether a file has further pages or frames; of a photo with a preview, which JPEGs may have, it does not."""
    if picture.format not in ("TIFF", "GIF", "WEBP", "PNG", "AVIF"):
        return False
    try:
        return bool(getattr(picture, "is_animated", False))
    except Exception:  # as above: a damaged second frame does not make the first one bad
        return False
