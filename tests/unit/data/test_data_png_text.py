import struct
import zlib

import numpy as np
import pytest
from image_files import encoded, picture, png
from PIL import PngImagePlugin

from ganzoo.data.pictures.picture import BadImageError, decode
from ganzoo.data.pictures.png_text import without_text

LONG = "x" * 2_000_000  # Pillow refuses text that unpacks to more than 2**20 bytes
PIXELS = np.asarray(picture(0)).transpose(2, 0, 1)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(kind, body, *, last=False):
    """Put a chunk behind the header, or before the end."""
    data = png(0)
    at = len(data) - 12 if last else 8 + 25
    return data[:at] + chunk(kind, body) + data[at:]


WHOLE = {
    "zTXt": (b"zTXt", b"workflow\0\0" + zlib.compress(LONG.encode())),
    "iTXt": (b"iTXt", b"workflow\0\1\0\0\0" + zlib.compress(LONG.encode())),
    "iCCP": (b"iCCP", b"profile\0\0" + zlib.compress(LONG.encode())),
}


@pytest.mark.parametrize(
    ("kind", "last"), [("zTXt", False), ("zTXt", True), ("iTXt", False), ("iTXt", True), ("iCCP", False)]
)
def test_a_whole_picture_with_much_metadata_is_read(kind, last):
    assert np.array_equal(decode(with_chunk(*WHOLE[kind], last=last)), PIXELS)


def test_sixty_texts_of_a_megabyte_are_read():
    note = PngImagePlugin.PngInfo()
    for index in range(65):
        note.add_text(f"part {index}", "x" * 2**20, zip=True)
    assert np.array_equal(decode(encoded(picture(0), pnginfo=note)), PIXELS)


@pytest.mark.parametrize("kind", WHOLE)
def test_damage_beside_much_metadata_is_still_noticed(kind):
    whole = with_chunk(*WHOLE[kind])
    for data in (whole[:-30], whole[: len(whole) // 2]):
        with pytest.raises(BadImageError, match="truncated or damaged"):
            decode(data)


@pytest.mark.parametrize("kind", WHOLE)
def test_damaged_metadata_stay_damage(kind):
    data = bytearray(with_chunk(*WHOLE[kind]))
    data[8 + 25 + 40] ^= 1
    assert without_text(bytes(data)) is None
    with pytest.raises(BadImageError, match="truncated or damaged"):
        decode(bytes(data))


def test_nothing_but_the_text_goes():
    plain = png(0)
    assert without_text(with_chunk(b"tEXt", b"a\0b")) == plain
    assert without_text(plain) is None
    assert without_text(encoded(picture(0), "JPEG")) is None
    assert without_text(b"") is None
    assert without_text(plain[:-1]) is None
