"""Equal and nearly equal images of a set."""

import hashlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

SIDE = 16
"""Side of the thumbnails that are compared."""
_BITS_APART = 3  # of 64, of two hashes of nearly equal images
_LEVELS_APART = 4.0  # of 255, that two thumbnails may differ by on average
_NEIGHBOURS = 50  # that each image is compared with among those that share a quarter of its hash


def pixel_hash(pixels: np.ndarray) -> bytes:
    """Sha256 over the shape and the pixels of an image ``(C, H, W)`` uint8."""
    return hashlib.sha256(repr(pixels.shape).encode() + np.ascontiguousarray(pixels).tobytes()).digest()


def grey_of(pixels: np.ndarray) -> Image.Image:
    """Return an image ``(C, H, W)`` uint8 as a grey picture."""
    if len(pixels) == 3:
        return Image.fromarray(pixels.transpose(1, 2, 0)).convert("L")
    return Image.fromarray(pixels[0])


def thumbnail(grey: Image.Image) -> np.ndarray:
    """Squeeze a grey picture to ``(16, 16)`` uint8."""
    return np.asarray(grey.resize((SIDE, SIDE), Image.Resampling.BOX))


def difference_hash(grey: Image.Image) -> int:
    """Return 64 bits: of 8 rows of 9 means each, which is brighter than the one to its left.

    Source: N. Krawetz, "Kind of Like That", 2013: dHash.
    """
    means = np.asarray(grey.resize((9, 8), Image.Resampling.BOX))
    return int.from_bytes(np.packbits(means[:, 1:] > means[:, :-1]).tobytes())


def groups_of_equal(hashes: Sequence[bytes]) -> list[list[int]]:
    """Return the indices of equal values, groups of two and more, in order."""
    found: dict[bytes, list[int]] = {}
    for index, value in enumerate(hashes):
        found.setdefault(value, []).append(index)
    return [group for group in found.values() if len(group) > 1]


def groups_of_near(hashes: Sequence[int], thumbnails: np.ndarray) -> list[list[int]]:
    """Return the indices of nearly equal images, groups of two and more, in order.

    Two are near if at most 3 of 64 bits of their hashes differ, and their thumbnails by 4 grey levels on average. Of 4
    quarters of such hashes one at the least is equal, so that only these are compared; where very many share one, each
    is compared with the 50 of the nearest mean brightness.

    Args:
        hashes: see ``difference_hash``.
        thumbnails: ``(N, 16, 16)`` uint8.
    """
    n = len(hashes)
    words = np.array(hashes, dtype=np.uint64)
    flat = thumbnails.reshape(n, SIDE * SIDE).astype(np.int16)
    brightness = flat.mean(axis=1) if n else np.zeros(0)
    parent = list(range(n))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for quarter in range(4):
        part = (words >> np.uint64(16 * quarter)) & np.uint64(0xFFFF)
        order = np.lexsort((brightness, part))
        for step in range(1, min(_NEIGHBOURS, n - 1) + 1):
            left, right = order[:-step], order[step:]
            same = part[left] == part[right]
            if not same.any():
                break
            left, right = left[same], right[same]
            close = _bits(words[left] ^ words[right]) <= _BITS_APART
            left, right = left[close], right[close]
            near = np.abs(flat[left] - flat[right]).mean(axis=1) <= _LEVELS_APART
            for one, other in zip(left[near].tolist(), right[near].tolist(), strict=True):
                parent[root(other)] = root(one)
    found: dict[int, list[int]] = {}
    for index in range(n):
        found.setdefault(root(index), []).append(index)
    return sorted(group for group in found.values() if len(group) > 1)


def _bits(words: np.ndarray) -> np.ndarray:
    """Count the ones of each of ``(N,)`` uint64."""
    counted: np.ndarray = np.unpackbits(words[:, None].view(np.uint8), axis=1).sum(axis=1)
    return counted
