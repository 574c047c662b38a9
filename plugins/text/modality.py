"""The modality of lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganzoo.interfaces import Modality, Row, Rows
from ganzoo.samples import Sample

from .letters import END, OTHER, one_hot, written

METRICS = ("jsd-1", "jsd-2", "jsd-3", "jsd-4")


@dataclass(frozen=True)
class Text(Modality):
    """Lines of text, each of equally many characters.

    At rest the field ``x`` holds the characters' numbers in the alphabet, ``(N, T)`` int64; shorter lines are filled up
    with 0, the end of a line. In play a character is one-hot, ``(T, V)`` for a line; a generated one is a distribution
    over the alphabet, whose largest share counts when it comes to rest.

    Source: arXiv:1704.00028, sec. 5.4.

    Args:
        alphabet: the characters by number, of which the first ends a line.
        length: T, how many characters a line has.
    """

    alphabet: str = "\nabc"
    length: int = 8

    name: ClassVar[str] = "text"
    called: ClassVar[str] = "lines"
    offered: ClassVar[frozenset[str]] = frozenset({"length", "vocabulary"})
    pictured: ClassVar[int] = 24
    endings: ClassVar[tuple[str, ...]] = (".txt",)
    extractor: ClassVar[str] = "none"
    metrics: ClassVar[tuple[str, ...]] = METRICS

    @property
    def vocabulary(self) -> int:
        """V, how many characters the alphabet has."""
        return len(self.alphabet)

    def offers(self, *, conditional: bool) -> dict[str, Any]:
        """Return ``length``, T, and ``vocabulary``, V."""
        return {"length": self.length, "vocabulary": self.vocabulary}

    def play(
        self, row: Row, *, flips: bool, rng: torch.Generator, noise: torch.Generator | None = None
    ) -> tuple[Sample, Sample | None]:
        """Return lines one-hot, ``(B, T, V)`` float32, and no conditions."""
        return one_hot(row["x"], self.vocabulary), None

    def rest(self, sample: Sample) -> Sample:
        """Return of distributions ``(B, T, V)`` the likeliest characters, ``(B, T)`` int64."""
        assert isinstance(sample, Tensor)
        return sample.argmax(dim=2)

    def example(self, n: int = 2) -> dict[str, Tensor]:
        """Return lines that go through the alphabet."""
        return {"x": torch.arange(n * self.length).view(n, self.length) % self.vocabulary}

    def described(self, fields: Mapping[str, Tensor]) -> str:
        """Return such as ``8,192 lines of 32 characters, 25 in the alphabet``."""
        return f"{len(fields['x']):,} {self.plural} of {self.length} characters, {self.vocabulary} in the alphabet"

    def explained(self, fields: Mapping[str, Tensor]) -> list[str]:
        """Return the alphabet, how many lines are filled up, and the first of them."""
        x = fields["x"]
        full = int((x[:, -1] != 0).sum())
        told = [f"alphabet: {self.alphabet.replace(END, '')!r} and the end of a line"]
        if OTHER in self.alphabet:
            rare = int((x == self.alphabet.index(OTHER)).sum())
            told.append(f"{rare:,} characters are too rare for the alphabet and stand as {OTHER}")
        told.append(self._filled(full, len(x)))
        return told + [f"such as: {line}" for line in written(x[:3], self.alphabet)]

    def _filled(self, full: int, n: int) -> str:
        """Say what was cut and what was filled up."""
        return (
            f"{full:,} lines have {self.length} characters, to which longer ones are cut; "
            f"{n - full:,} shorter ones are filled up with ends"
        )

    def picture(self, fake: Sample, real: Sample | None, y: Sample | None) -> bytes | None:
        """Write lines on a page, generated on the left and real ones on the right."""
        return self._page([("generated", fake), ("real", real)])

    def picture_of_data(self, real: Sample, y: Sample | None) -> bytes | None:
        """Write real lines on a page."""
        return self._page([("real", real)])

    def ways(self, fake: Sample, steps: int) -> bytes | None:
        """Write the lines between latents on a page, a column for each way."""
        assert isinstance(fake, Tensor)
        return self._page([(f"way {k}", way) for k, way in enumerate(fake.split(steps), start=1)])

    def _page(self, columns: list[tuple[str, Sample | None]]) -> bytes:
        from .page import page_png

        return page_png(
            [(title, written(rows, self.alphabet)) for title, rows in columns if isinstance(rows, Tensor)],
            self.length,
        )

    @classmethod
    def read(cls, path: Path) -> Rows | None:
        """Read the lines of a file ``.txt``, each cut to 32 characters; empty ones are left out."""
        if path.suffix.lower() != ".txt" or not path.is_file():
            return None
        from .reading import lines_of, rows_of

        return rows_of(cls, lines_of(path), path.name)

    def read_as(self, path: Path) -> Rows | None:
        """See ``Modality.read_as``: by this alphabet, each cut or filled to this length."""
        rows = type(self).read(path)
        if rows is None or rows.modality == self:
            return rows
        from .reading import renumbered

        return renumbered(rows, self, path.name)

    def write(self, sample: Sample, path: Path) -> bool:
        """Write samples at rest to a file ``.txt``, a line each; tell whether ``path`` is one."""
        if path.suffix.lower() != ".txt":
            return False
        assert isinstance(sample, Tensor)
        path.write_text("".join(f"{line}\n" for line in written(sample, self.alphabet)), encoding="utf-8", newline="\n")
        return True
