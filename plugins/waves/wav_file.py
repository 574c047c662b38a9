"""One WAV file, read and written."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from ganzoo.errors import DataError

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
PEAK = 32768  # of 16-bit samples
_KINDS = {(PCM, 8), (PCM, 16), (PCM, 24), (PCM, 32), (FLOAT, 32), (FLOAT, 64)}


def read_wav(path: Path) -> tuple[np.ndarray, int]:
    """Read a file: samples ``(C, T)`` and their rate in Hz.

    Samples of 8 and 16 bits are int16, of which 32,768 is 1, without a loss; others are float32 in [-1, 1].

    Raises:
        DataError: it is no such file, or is cut off, or its samples are compressed, beyond [-1, 1] or not finite.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise DataError(f"{path} is no WAV file: its first bytes are not those of RIFF and WAVE; write it anew")
    found = _chunks(content, path)
    if b"fmt " not in found or len(found[b"fmt "]) < 16 or b"data" not in found:
        raise DataError(f"{path} is a WAV file without samples or without their format: write it anew")
    form = found[b"fmt "]
    tag, channels, rate, _, frame, bits = struct.unpack("<HHIIHH", form[:16])
    if tag == EXTENSIBLE and len(form) >= 26:
        (tag,) = struct.unpack("<H", form[24:26])
    if (tag, bits) not in _KINDS:
        raise DataError(
            f"{path} has samples of {bits} bits of the format {tag}, and those of 8, 16, 24 and 32 bits or of floats "
            "are read: write it as 16-bit PCM"
        )
    if channels not in (1, 2) or not rate or frame != channels * bits // 8:
        raise DataError(f"{path} has {channels} channels in frames of {frame} bytes, and one or two are read: mix it")
    data = found[b"data"]
    flat = _samples(data[: len(data) // frame * frame], tag, bits)
    if flat.dtype != np.int16 and flat.size:
        peak = float(np.abs(flat).max())
        if not peak <= 1:
            said = f"reaches {peak:.3g}" if np.isfinite(peak) else "has samples that are no finite numbers"
            raise DataError(f"{path} {said}, and samples lie in [-1, 1]: scale it and write it anew")
    return np.ascontiguousarray(flat.reshape(-1, channels).T), rate


def _chunks(content: bytes, path: Path) -> dict[bytes, bytes]:
    """Return the first chunk of each name."""
    found: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(content):
        name, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        body = content[at + 8 : at + 8 + size]
        if len(body) < size:
            raise DataError(f"{path} is cut off: a part of {size:,} bytes has {len(body):,}; copy it again")
        found.setdefault(name, body)
        at += 8 + size + size % 2
    return found


def _samples(data: bytes, tag: int, bits: int) -> np.ndarray:
    """Return all samples, int16 or float32, one channel's after the other's."""
    if tag == FLOAT:
        return np.frombuffer(data, f"<f{bits // 8}").astype(np.float32)
    if bits == 8:  # without a sign, the middle at 128
        return (np.frombuffer(data, np.uint8).astype(np.int16) - 128) * np.int16(256)
    if bits == 16:
        return np.frombuffer(data, "<i2").astype(np.int16)
    if bits == 24:
        parts = np.frombuffer(data, np.uint8).reshape(-1, 3).astype(np.int32)
        whole = parts[:, 0] | parts[:, 1] << 8 | parts[:, 2] << 16
        return ((whole ^ 0x800000) - 0x800000).astype(np.float32) / np.float32(2**23)
    return (np.frombuffer(data, "<i4").astype(np.float64) / 2**31).astype(np.float32)


def write_wav(path: Path, samples: np.ndarray, rate: int) -> None:
    """Write samples ``(C, T)`` in [-1, 1] as 16-bit PCM; what lies beyond is cut."""
    channels = len(samples)
    pcm = np.rint(samples.T.astype(np.float64) * PEAK).clip(-PEAK, PEAK - 1).astype("<i2").tobytes()
    frame = 2 * channels
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, PCM, channels, rate, rate * frame, frame, 16)
    head = b"RIFF" + struct.pack("<I", 4 + len(form) + 8 + len(pcm)) + b"WAVE"
    path.write_bytes(head + form + b"data" + struct.pack("<I", len(pcm)) + pcm)
