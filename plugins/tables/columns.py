"""Columns of a file: which hold numbers, and which choices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ganzoo.errors import DataError

MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "none"})
MOST_CODES = 10  # different whole numbers of a column that counts as one of choices
ROWS_A_VALUE = 10  # that such a column has on average, at least
MOST_WORDS = 1000
MOST_DECIMALS = 9
EXACT = 2**24  # up to which float32 holds every whole number


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: of the column.
        values: ``(N,)`` float64: numbers, or indices of words.
        words: of a column of choices, its values in their order; empty for numbers.
        decimals: the most places that a number is written with; 0 for whole numbers and for choices.
    """

    name: str
    values: np.ndarray
    words: tuple[str, ...] = ()
    decimals: int = 0


def column_of(name: str, cells: Sequence[str], file: str) -> Column:
    """Find out what a column holds.

    It holds numbers where every cell is one, and is one of choices otherwise. Whole numbers that take at most 10
    values, each of them ten times on average, are choices, too: ``1.0`` for ``1`` says that they are numbers. Whole
    numbers stay whole. An empty cell of a column of choices is a choice of its own, and one of numbers is refused.

    Args:
        name: of the column.
        cells: as they are written.
        file: the file's name, for errors.

    Raises:
        DataError: a number is missing or infinite, or nearly every row has a word of its own.
    """
    texts = [cell.strip() for cell in cells]
    numbers = [_number(text) for text in texts]
    absent = [row for row, (text, number) in enumerate(zip(texts, numbers, strict=True)) if _missing(text, number)]
    if len(absent) == len(texts):
        raise DataError(f"column {name!r} of {file} is empty: take it out of the file")
    if all(number is not None for number in numbers) or (absent and _numbers_beside(numbers, absent)):
        bad = next((row for row, x in enumerate(numbers) if x is None or not math.isfinite(x)), None)
        if bad is not None:
            raise DataError(
                f"column {name!r} of {file} holds numbers, and row {bad + 2} has {texts[bad] or 'nothing'} there "
                f"(one of {len(absent)} such rows): take the rows out, or fill in a number"
            )
        return _of_numbers(name, texts, np.array(numbers, dtype=np.float64), file)
    return _of_words(name, texts, sorted(set(texts)), file)


def _of_numbers(name: str, texts: Sequence[str], values: np.ndarray, file: str) -> Column:
    decimals = max(map(_decimals, texts))
    if decimals == 0:
        different = np.unique(values)
        if len(different) <= MOST_CODES and len(values) >= ROWS_A_VALUE * len(different):
            return _of_words(name, texts, sorted(set(texts), key=lambda text: (float(text), text)), file)
        if abs(values).max() > EXACT:
            raise DataError(
                f"column {name!r} of {file} holds whole numbers above {EXACT:,}, which are not kept exactly: "
                "take it out if it numbers the rows, or write it in larger units"
            )
    return Column(name, values, decimals=decimals)


def _of_words(name: str, texts: Sequence[str], words: Sequence[str], file: str) -> Column:
    if len(words) > max(2, len(texts) // 2) or len(words) > MOST_WORDS:
        raise DataError(
            f"column {name!r} of {file} has {len(words):,} different values in {len(texts):,} rows, and is neither "
            "numbers nor a choice: take it out of the file"
        )
    index = {word: i for i, word in enumerate(words)}
    return Column(name, np.array([index[text] for text in texts], dtype=np.float64), words=tuple(words))


def _number(text: str) -> float | None:
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        return None


def _missing(text: str, number: float | None) -> bool:
    return text.lower() in MISSING or (number is not None and not math.isfinite(number))


def _numbers_beside(numbers: Sequence[float | None], absent: Sequence[int]) -> bool:
    """Tell whether all that is not absent is a number."""
    out = set(absent)
    return all(number is not None for row, number in enumerate(numbers) if row not in out)


def _decimals(text: str) -> int:
    """Count the places that a number is written with: 2 of ``1.25``, 1 of ``1.0``, 5 of ``1e-5``, 0 of ``12``."""
    mantissa, _, power = text.lower().partition("e")
    places = len(mantissa.partition(".")[2])
    if power:
        return min(max(places - int(power), 1 if "." in mantissa or int(power) < 0 else 0), MOST_DECIMALS)
    return min(max(places, int("." in mantissa)), MOST_DECIMALS)
