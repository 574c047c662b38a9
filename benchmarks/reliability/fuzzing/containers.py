"""Changes inside of containers, which are put together again so that their own checks pass."""

import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from random import Random

from .mutations import TEXT, mutated

Inner = Callable[[bytes, Random], bytes]


def plain(data: bytes, rng: Random) -> bytes:
    """Change bytes."""
    return mutated(data, rng)


def zipped(data: bytes, rng: Random, inner: Inner = plain) -> bytes:
    """Change a member of a zip, or its name; checksums and directory are right again."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        infos = old.infolist()
        chosen = rng.randrange(len(infos))
        for index, info in enumerate(infos):
            held, name = old.read(info), info.filename
            if index == chosen and rng.random() < 0.85:
                held = inner(held, rng)
            elif index == chosen:
                name = mutated(name.encode(), rng, (), TEXT).decode("utf-8", "replace") or "x"
            twice = 2 if index == chosen and rng.random() < 0.03 else 1
            for _ in range(twice):
                member = zipfile.ZipInfo(name[:60000])
                member.external_attr = rng.choice((0, 0, 0, 0o120777 << 16, 0o010644 << 16)) if index == chosen else 0
                member.compress_type = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
                new.writestr(member, held)
    return out.getvalue()


def tarred(data: bytes, rng: Random) -> bytes:
    """Change the header of a member, with its checksum right again; else a member's bytes."""
    held = bytearray(data)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        infos = archive.getmembers()
    info = rng.choice(infos)
    if rng.random() < 0.7:
        header = bytearray(mutated(bytes(held[info.offset : info.offset + 512]), rng)[:512].ljust(512, b"\0"))
        header[148:156] = b" " * 8
        header[148:156] = f"{sum(header):06o}\0 ".encode()
        held[info.offset : info.offset + 512] = header
    else:
        start, end = info.offset_data, info.offset_data + info.size
        held[start:end] = mutated(bytes(held[start:end]), rng)[: end - start].ljust(end - start, b"\0")
    return bytes(held)


def squeezed(data: bytes, rng: Random, inner: Inner, ending: str) -> bytes:
    """Change what a stream of gzip or xz holds."""
    pack, unpack = (gzip.compress, gzip.decompress) if ending.endswith("gz") else (lzma.compress, lzma.decompress)
    return pack(inner(unpack(data), rng))


def npy(data: bytes, rng: Random) -> bytes:
    """Change the text of an array's header, whose length is right again; else its bytes."""
    (size,) = struct.unpack("<H", data[8:10])
    head, rest = data[10 : 10 + size], data[10 + size :]
    if rng.random() < 0.3:
        return mutated(data, rng)
    head = mutated(head.strip(), rng, _HEADS, TEXT) + b"\n"
    version = rng.choice((b"\1\0", b"\1\0", b"\2\0", b"\3\0"))
    length = struct.pack("<H", len(head) % 65536) if version == b"\1\0" else struct.pack("<I", len(head))
    return b"\x93NUMPY" + version + length + head + rest


_HEADS = tuple(
    f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    for descr in (
        "'|u1'",
        "'<i8'",
        "'|O'",
        "'<U9'",
        "'|V8'",
        "'<M8[s]'",
        "[('a', '<i4'), ('b', '|u1')]",
        "'|S0'",
        "'<f2'",
    )
    for order in ("False", "True", "1")
    for shape in (
        "(4, 8, 8)",
        "()",
        "(0,)",
        "(-1,)",
        "(99999999999, 8, 8)",
        "(2, 2, 2, 2, 2)",
        "(4,)",
        "(0, 9999999999999)",
    )
)


def png(data: bytes, rng: Random) -> bytes:
    """Change the contents or the kind of a PNG's chunk; its checksum is right again."""
    chunks, at = [], 8
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + size]))
        at += 12 + size
    chosen = rng.randrange(len(chunks))
    kind, held = chunks[chosen]
    chunks[chosen] = (rng.choice(_KINDS), held) if rng.random() < 0.2 else (kind, mutated(held, rng) if held else b"\0")
    if rng.random() < 0.1:
        chunks.insert(chosen, rng.choice(chunks))
    made = (
        struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held)) for kind, held in chunks
    )
    return data[:8] + b"".join(made)


_KINDS = (
    b"IHDR",
    b"PLTE",
    b"IDAT",
    b"IEND",
    b"tRNS",
    b"iCCP",
    b"iTXt",
    b"zTXt",
    b"eXIf",
    b"acTL",
    b"fdAT",
    b"cHRM",
    b"gAMA",
)


def tensors(data: bytes, rng: Random) -> bytes:
    """Change the JSON at the head of a safetensors file, whose length is right again; else the file's bytes."""
    (size,) = struct.unpack("<Q", data[:8])
    if rng.random() < 0.3:
        return mutated(data, rng)
    head = mutated(data[8 : 8 + size], rng, (), TEXT)
    return struct.pack("<Q", len(head)) + head + data[8 + size :]


def value(data: object, rng: Random) -> object:
    """Change JSON data at one place: another type, another number, a key more or less."""
    places = list(_places(data))
    if not places:
        return rng.choice(VALUES)
    above, key = rng.choice(places)
    act = rng.random()
    if act < 0.15:
        del above[key]
    elif act < 0.3:
        other, there = rng.choice(places)
        above[key] = (
            json.loads(json.dumps(other[there]))
            if there in (other if isinstance(other, dict) else range(len(other)))
            else None
        )
    elif act < 0.35 and isinstance(above, dict):
        above[rng.choice(("", "x", "schema", "\x1b[31m", "a" * 3000))] = rng.choice(VALUES)
    else:
        above[key] = rng.choice(VALUES)
    return data


def _places(data: object) -> Sequence[tuple]:
    found = []
    waiting = [data]
    while waiting:
        held = waiting.pop()
        inside = held.items() if isinstance(held, dict) else enumerate(held) if isinstance(held, list) else ()
        for key, one in inside:
            found.append((held, key))
            waiting.append(one)
    return found


VALUES = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2,
        10**6,
        2**31,
        2**63,
        -(2**63),
        10**400,
        0.5,
        -0.5,
        1e308,
        float("nan"),
        float("inf"),
    ),
    *("", "x", "nan", "\x00", "\x1b]0;x\x07", "\ud800", "a" * 5000, "../../x", "/dev/zero", "[red]", "<b>", "0", "1e5"),
    *([], {}, [[]], [0], [None], ["x"], [1, 2, 3], {"a": 1}, {"": None}, [{}], {"name": "x"}, [float("nan")]),
)
