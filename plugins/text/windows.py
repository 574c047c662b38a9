"""The modality of windows of text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from ganzoo.interfaces import Rows

from .modality import Text


@dataclass(frozen=True)
class TextWindows(Text):
    """Pieces of a text, each of equally many characters, which follow each other and do not overlap.

    They begin and end anywhere, also within a word; a break of a line is a character like others. All else is as with
    lines, see ``text``.

    Args:
        alphabet: the characters by number, of which the first breaks a line.
        length: T, how many characters a window has.
    """

    name: ClassVar[str] = "text-windows"
    called: ClassVar[str] = "windows"

    def _filled(self, full: int, n: int) -> str:
        """Say where windows end."""
        return (
            f"they follow each other in the file, without overlap; up to {self.length - 1} last characters are left out"
        )

    @classmethod
    def read(cls, path: Path) -> Rows | None:
        """Read a file ``.txt`` in windows of 32 characters."""
        if path.suffix.lower() != ".txt" or not path.is_file():
            return None
        from .reading import rows_of, windows_of

        return rows_of(cls, windows_of(path), path.name)
