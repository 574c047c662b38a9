"""Changes of an input, drawn from a random stream: of bytes as they are, and of text by its words and lines."""

import re
from collections.abc import Callable, Sequence
from random import Random

Change = Callable[[bytes, Random, Sequence[bytes]], bytes]

ENDS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1, 2**63, 2**64 - 1)
WORDS = (
    *("0", "-1", "-0", "1e400", "-1e400", "1e-400", ".nan", ".inf", "-.inf", "nan", "inf", "1" + "0" * 400, "9" * 5000),
    *("9" * 29, "1e308", "2147483648", "9223372036854775808", "18446744073709551616", "0.1", "1e5", "099", "0x10"),
    *(
        "true",
        "no",
        "null",
        "~",
        "''",
        '""',
        "[]",
        "{}",
        "[[[]]]",
        "{a: b}",
        "[1, 2]",
        "{shape: linear, start: 1, end: 0}",
    ),
    *(
        "none",
        "all",
        "../../x",
        "/etc/passwd",
        "C:\\x",
        "CON",
        "a" * 5000,
        "&a x",
        "*a",
        "!!python/name:os.system",
        "<<",
    ),
    *(
        "\x00",
        "\x1b]0;x\x07",
        "\x1b[31m",
        "\u202e",
        "\ufeff",
        "\u2028",
        "\x85",
        "\xa0",
        "\U0010ffff",
        "é",
        "名",
        "[red]",
    ),
    *(
        "<script>alert(1)</script>",
        "%s",
        "{0}",
        "{",
        "}",
        "[",
        "]",
        ":",
        "=",
        ",",
        "@published",
        "#",
        "|",
        ">",
        "'",
        '"',
    ),
)
RAW = (b"\xed\xa0\x80", b"\xff", b"\xc0\x80", b"\x00", b"\r\n", b"\r", b"\t", b"---\n", b"...\n", b"%YAML 9.9\n")
_WORD = re.compile(rb"[^\s:,\[\]{}=\"']+")


def _flip(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def _set(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([rng.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF, rng.randrange(256)))]) + data[at + 1 :]


def _number(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    """Put a number at the end of its range where a field of 2, 4 or 8 bytes may be, in either order of bytes."""
    size = rng.choice((2, 4, 8))
    value = rng.choice(ENDS) % 256**size
    at = rng.randrange(len(data))
    return data[:at] + value.to_bytes(size, rng.choice(("little", "big"))) + data[at + size :]


def _cut(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    return data[: rng.randrange(len(data))]


def _span(data: bytes, rng: Random) -> tuple[int, int]:
    start = rng.randrange(len(data))
    return start, min(len(data), start + rng.choice((1, 2, 8, 64, 512, 4096)))


def _drop(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + data[end:]


def _repeat(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    start, end = _span(data, rng)
    return data[:end] + data[start:end] * rng.choice((1, 2, 50)) + data[end:]


def _zeros(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    start, end = _span(data, rng)
    return data[:start] + bytes(end - start) + data[end:]


def _insert(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice((*RAW, rng.randbytes(rng.choice((1, 4, 32, 1024))))) + data[at:]


def _splice(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    other = rng.choice(others) if others else data
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other) + 1) :]


def _moved(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    start, end = _span(data, rng)
    rest = data[:start] + data[end:]
    at = rng.randrange(len(rest) + 1)
    return rest[:at] + data[start:end] + rest[at:]


BYTES: tuple[Change, ...] = (_flip, _set, _number, _cut, _drop, _repeat, _zeros, _insert, _splice, _moved)


def _word(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    """Put another word in the place of one: a number out of range, another type, a sign with a meaning."""
    places = [match.span() for match in _WORD.finditer(data)]
    if not places:
        return _insert(data, rng, others)
    start, end = rng.choice(places)
    return data[:start] + rng.choice(WORDS).encode("utf-8", "surrogatepass") + data[end:]


def _swapped(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    """Put a word of another good input, or of this one, in the place of one."""
    places = [match.span() for match in _WORD.finditer(data)]
    words = _WORD.findall(rng.choice(others) if others else data)
    if not places or not words:
        return _insert(data, rng, others)
    start, end = rng.choice(places)
    return data[:start] + rng.choice(words) + data[end:]


def _line(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    """Drop, repeat, move or indent a line, or take one of another good input."""
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    line = lines[at]
    other = rng.choice(rng.choice(others).split(b"\n")) if others else line
    act = rng.randrange(6)
    changed = [[], [line, line], [b"  " + line], [line.removeprefix(b"  ")], [other], [line, other]][act]
    return b"\n".join([*lines[:at], *changed, *lines[at + 1 :]])


def _nest(data: bytes, rng: Random, others: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(data) + 1)
    deep = rng.choice((3, 39, 41, 200, 5000))
    return data[:at] + rng.choice((b"[", b"{a: ", b"- ", b"\n  ")) * deep + data[at:]


TEXT: tuple[Change, ...] = (*(_word, _swapped, _line) * 4, _nest, *BYTES)


def mutated(data: bytes, rng: Random, others: Sequence[bytes] = (), changes: Sequence[Change] = BYTES) -> bytes:
    """Change an input, mostly once, sometimes up to eight times.

    Args:
        data: a good input.
        rng: decides all of it.
        others: good inputs, parts of which may be taken.
        changes: to choose from: ``BYTES``, or ``TEXT``.
    """
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        data = rng.choice(changes)(data, rng, others) if data else rng.choice(RAW)
    return data
