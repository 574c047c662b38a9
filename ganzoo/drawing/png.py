"""Pictures as the bytes of PNGs."""

from __future__ import annotations

import io
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
