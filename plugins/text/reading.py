"""Text from files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from ganzoo.errors import DataError
from ganzoo.interfaces import Rows

from .letters import END, OTHER, alphabet_of, numbered

if TYPE_CHECKING:
    from .modality import Text

MOST_TOLD = 10  # characters in an error
LENGTH = 32  # characters of a sample, as in arXiv:1704.00028


def lines_of(path: Path) -> list[str]:
    """Return the lines of a file that hold more than blanks, each cut to 32 characters.

    Raises:
        DataError: it cannot be read as UTF-8.
    """
    lines = (line.strip() for line in text_of(path).split(END))
    return [line[:LENGTH] for line in lines if line]


def windows_of(path: Path) -> list[str]:
    """Return a file in pieces of 32 characters, without the rest behind the last.

    Raises:
        DataError: it cannot be read as UTF-8.
    """
    text = text_of(path).strip()
    return [text[start : start + LENGTH] for start in range(0, len(text) - LENGTH + 1, LENGTH)]


def text_of(path: Path) -> str:
    """Return the text of a file with its breaks of lines as one character; tabs and the like become blanks.

    Raises:
        DataError: it cannot be read as UTF-8.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # which also makes one character of each break
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path.name} is no text in UTF-8: its byte {error.start:,} does not fit; save it as UTF-8"
        ) from error
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}") from error
    return "".join(one if one.isprintable() or one == END else " " for one in text)


def rows_of(cls: type[Text], texts: list[str], name: str) -> Rows:
    """Return texts as rows of a modality; they are as long as the longest of them.

    Args:
        cls: of the modality.
        texts: a sample each.
        name: of the file, for the error.

    Raises:
        DataError: there are fewer than two.
    """
    if len(texts) < 2:
        raise DataError(
            f"{name} has {len(texts)} {cls.called} of text, and a game needs two at least: name a file that has more"
        )
    modality = cls(alphabet_of(texts), max(map(len, texts)))
    return Rows(modality, {"x": numbered(texts, modality.alphabet, modality.length)})


def renumbered(rows: Rows, modality: Text, name: str) -> Rows:
    """Return texts as rows of a modality with another alphabet or length.

    Args:
        rows: of a modality of text.
        modality: whose alphabet and length they get.
        name: of the file, for the error.

    Raises:
        DataError: a character is not in the alphabet, which has none for rare ones.
    """
    alphabet = cast("Text", rows.modality).alphabet
    x = rows.fields["x"]
    lacking = sorted({alphabet[number] for number in np.unique(x)} - set(modality.alphabet))
    if lacking and OTHER not in modality.alphabet:
        raise DataError(
            f"{name} holds {', '.join(map(repr, lacking[:MOST_TOLD]))}, which the text that it is compared with does "
            "not have: take such characters out"
        )
    texts = ["".join(alphabet[number] for number in row) for row in x]
    return Rows(modality, {"x": numbered(texts, modality.alphabet, modality.length)})
