"""PNG files without the text and colour profiles in them, which Pillow refuses where they unpack to more than 1 MiB."""

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXTS = (b"tEXt", b"zTXt", b"iTXt", b"iCCP")


def without_text(data: bytes) -> bytes | None:
    """Return a PNG without its text and its colour profile, neither of which changes the pixels as they are read here.

    Source: PNG specification, section 5.3 (a chunk is its length, type, data and CRC-32), 11.3.3 and 11.3.4.3.

    Returns:
        None where it is no PNG, has none of them, or one of them is damaged.
    """
    if not data.startswith(_SIGNATURE):
        return None
    kept, at, found = [_SIGNATURE], len(_SIGNATURE), False
    view = memoryview(data)
    while at < len(data):
        header = data[at : at + 8]
        if len(header) < 8:
            return None
        length, kind = struct.unpack(">I4s", header)
        end = at + 12 + length
        if kind not in _TEXTS:
            kept.append(bytes(view[at:end]))
        elif end > len(data) or zlib.crc32(view[at + 4 : end - 4]).to_bytes(4, "big") != data[end - 4 : end]:
            return None
        else:
            found = True
        at = end
    return b"".join(kept) if found else None
