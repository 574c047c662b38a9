"""Pictures as the bytes of PNGs."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image


def png_bytes(picture: Image, *, colours: int | None = None, description: str = "") -> bytes:
    """Encode a picture; the same one gives the same bytes.

    Args:
        picture: to be encoded.
        colours: size of the palette that the picture is reduced to, without dithering; charts have few colours, and
            take a third of the bytes so. None keeps the picture's own colours.
        description: text for the PNG's field ``Description``; none if it is empty.
    """
    from PIL import Image, PngImagePlugin

    about = PngImagePlugin.PngInfo()
    if description:
        about.add_text("Description", description)
    file = io.BytesIO()
    if colours is None:
        picture.save(file, format="PNG", pnginfo=about)
    else:
        reduced = picture.quantize(colours, dither=Image.Dither.NONE)
        reduced.save(file, format="PNG", optimize=True, pnginfo=about)
    return file.getvalue()


def description_of(png: bytes) -> str:
    """Return the text of a PNG's field ``Description``, as far as it stands before the pixels; empty without one."""
    at = 8
    while at + 8 <= len(png):
        (length,) = struct.unpack_from(">I", png, at)
        kind, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        if kind == b"IDAT":
            break
        field, _, text = content.partition(b"\0")
        if kind == b"tEXt" and field == b"Description":
            return text.decode("latin-1")
        at += 12 + length
    return ""
