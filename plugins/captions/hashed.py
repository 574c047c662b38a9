"""Sentences as vectors that need no model: hashed pieces of their words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

SIZE = 128  # numbers of a vector, one for each bit of a digest
SHORTEST, LONGEST = 3, 5  # letters of a piece
_WORD = re.compile(r"\w+")


def hashed(sentences: Sequence[str]) -> np.ndarray:
    """Return a vector for each sentence, ``(S, 128)`` float32, whose numbers have the mean square 1.

    A sentence is the mean of its words' vectors, a word the mean of its pieces' vectors, scaled alike: the word itself
    between ``<`` and ``>``, and all runs of 3 to 5 letters of that. The vector of a piece has +1 or -1 for each bit of
    the BLAKE2b digest of 128 bits of its UTF-8, so that unlike pieces are nearly orthogonal. Words are sought in lower
    case; their order counts for nothing. A sentence without a word has zeros. Nothing of it is learned: words that look
    alike are near each other, and those that mean the same are not.

    Source: pieces as in arXiv:1607.04606, sec. 3.2; random signs as in Achlioptas, "Database-friendly random
        projections", 2003.
    """
    out = np.zeros((len(sentences), SIZE))
    for row, sentence in enumerate(sentences):
        words = _WORD.findall(sentence.lower())
        if words:
            out[row] = scaled(np.sum([_vector(word) for word in words], axis=0))
    return out.astype(np.float32)


def pieces(word: str) -> Iterator[str]:
    """Give the word between its marks, and the runs of 3 to 5 letters of that which are not all of it."""
    whole = f"<{word}>"
    yield whole
    for size in range(SHORTEST, LONGEST + 1):
        for start in range(len(whole) - size + 1):
            if size < len(whole):
                yield whole[start : start + size]


def signs(piece: str) -> np.ndarray:
    """Return the vector of a piece, ``(128,)`` of +1 and -1: the bits of its digest, each byte's highest bit first."""
    digest = hashlib.blake2b(piece.encode("utf-8", "replace"), digest_size=SIZE // 8).digest()
    found: np.ndarray = np.unpackbits(np.frombuffer(digest, np.uint8)).astype(np.float64) * 2 - 1
    return found


def scaled(vector: np.ndarray) -> np.ndarray:
    """Scale a vector to a mean square of 1; zeros stay."""
    size = float(np.sqrt(np.mean(np.square(vector))))
    found: np.ndarray = vector / (size or 1.0)
    return found


@lru_cache(maxsize=65_536)
def _vector(word: str) -> np.ndarray:
    return scaled(np.sum([signs(piece) for piece in pieces(word)], axis=0))
