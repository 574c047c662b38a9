"""Characters and their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

END = "\n"  # the first of every alphabet: fills lines up, and breaks them within a window
OTHER = "\ufffd"  # stands for characters that are too rare for the alphabet
MOST = 256  # characters of an alphabet


def alphabet_of(texts: Iterable[str]) -> str:
    """Return the characters of texts: the end of a line, and the others in the order of their code points.

    Of more than 255 others the most frequent 254 stay, and U+FFFD stands for the rest.
    """
    counts = Counter(character for text in texts for character in text)
    del counts[END], counts[OTHER]
    kept = sorted(counts)
    if len(kept) > MOST - 1:
        often = sorted(counts, key=lambda character: (-counts[character], character))
        kept = [*sorted(often[: MOST - 2]), OTHER]
    return END + "".join(kept)


def numbered(texts: Sequence[str], alphabet: str, length: int) -> np.ndarray:
    """Return texts as numbers in an alphabet, ``(N, length)`` int64: long ones are cut, short ones filled with 0."""
    index = {character: number for number, character in enumerate(alphabet)}
    other = index.get(OTHER, 0)
    rows = np.zeros((len(texts), length), np.int64)
    for row, text in zip(rows, texts, strict=True):
        row[: len(text)] = [index.get(character, other) for character in text[:length]]
    return rows


def written(rows: Tensor, alphabet: str) -> list[str]:
    r"""Return numbers ``(N, T)`` as a line each: ends behind the last character are left out, others ``\n``."""
    texts = ("".join(alphabet[number] for number in row) for row in rows.tolist())
    return [text.rstrip(END).replace(END, r"\n") for text in texts]


def one_hot(rows: Tensor, size: int) -> Tensor:
    """Return numbers ``(..., T)`` as ``(..., T, size)`` float32; no value is looked at."""
    return (rows[..., None] == torch.arange(size, device=rows.device)).float()
