"""Captioned images as fields at rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

LONGEST = 160  # bytes of a sentence that are kept for pictures


def fields_of(
    x: np.ndarray, captions: Sequence[Sequence[str]], encode: Callable[[Sequence[str]], np.ndarray]
) -> dict[str, np.ndarray]:
    """Return the fields of images and of their captions, each different caption encoded once.

    Args:
        x: ``(N, C, H, W)`` uint8.
        captions: of each image, one or more.
        encode: gives the vectors ``(S, E)`` float32 of sentences.
    """
    known = {one: row for row, one in enumerate(dict.fromkeys(one for of in captions for one in of))}
    vectors, texts = encode(list(known)), as_bytes(list(known))
    counts = np.array([len(of) for of in captions])
    # an image with fewer captions than another has its own again, which are never dealt
    rows = np.array([[known[of[place % len(of)]] for place in range(counts.max())] for of in captions])
    return {
        "x": x,
        "vector": vectors[rows],
        "text": texts[rows],
        "count": counts,
        "caption": np.arange(counts.max()),
    }


def as_bytes(sentences: Sequence[str]) -> np.ndarray:
    """Return sentences as UTF-8 with zeros behind, ``(S, L)`` uint8; what is longer than 160 bytes is cut off."""
    encoded = [one.encode("utf-8", "replace")[:LONGEST] for one in sentences]
    out = np.zeros((len(encoded), max(map(len, encoded))), np.uint8)
    for row, one in enumerate(encoded):
        out[row, : len(one)] = np.frombuffer(one, np.uint8)
    return out


def as_text(row: np.ndarray) -> str:
    """Return the sentence of a row ``(L,)`` uint8."""
    return bytes(row).rstrip(b"\0").decode("utf-8", "ignore")
