"""Tables: rows of numbers and choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganzoo.interfaces import Deal, Modality, Row, Rows
from ganzoo.samples import Sample

from .fit import Modes
from .one_hot import one_hot
from .sampling import BySampling
from .spans import Spans, split

FARTHEST = 0.99  # of a value from the middle of its mode, in four standard deviations


@dataclass(frozen=True)
class Table(Modality):
    """Rows of a table: columns of numbers, each a mixture of modes, and columns of choices.

    At rest the field ``x`` is the table itself, ``(N, columns)`` float32: numbers as they are, choices by their index.
    In play a number is its place in one of its modes, and which mode that is, drawn anew each time by the mode's
    probabilities; a choice is one-hot. The field ``y`` is the list of all values of all columns of choices, and a
    condition one of them; a table without choices has none.

    Source: arXiv:1907.00503, sec. 4.2.
    Departs: a mode's probability is its share of the fitted density, as the paper has it; the authors' code takes the
        variational posterior's, and draws the mode of a number once, when the table is encoded.

    Args:
        columns: their names, in the order of the file.
        modes: of each column of numbers; empty for one of choices.
        words: the values of each column of choices; empty for one of numbers.
        decimals: how many places each number is written with; a column of 0 holds whole numbers. Of choices 0.
    """

    columns: tuple[str, ...] = ("number", "choice")
    modes: tuple[Modes, ...] = (((0.5, -1.0, 0.5), (0.5, 1.0, 0.5)), ())
    words: tuple[tuple[str, ...], ...] = ((), ("a", "b", "c"))
    decimals: tuple[int, ...] = (2, 0)

    name: ClassVar[str] = "table"
    called: ClassVar[str] = "rows"
    offered: ClassVar[frozenset[str]] = frozenset({"spans", "num_classes"})
    whole: ClassVar[frozenset[str]] = frozenset({"y"})
    pictured: ClassVar[int] = 1000
    endings: ClassVar[tuple[str, ...]] = (".csv", ".tsv")
    extractor: ClassVar[str] = "none"
    metrics: ClassVar[tuple[str, ...]] = ("column-distance", "correlation-distance", "tstr", "nearest-record")

    @property
    def spans(self) -> Spans:
        """Sizes of what lies side by side in play: of a number its value and its modes, of a choice its values."""
        of_columns = (
            (("value", 1), ("mode", len(modes))) if modes else (("choice", len(words)),)
            for modes, words in zip(self.modes, self.words, strict=True)
        )
        return tuple(span for spans in of_columns for span in spans)

    @property
    def values(self) -> tuple[str, ...]:
        """Names of all values of all columns of choices, such as ``colour=red``: what a condition counts."""
        pairs = zip(self.columns, self.words, strict=True)
        return tuple(f"{column}={word}" for column, words in pairs for word in words)

    def offers(self, *, conditional: bool) -> dict[str, Any]:
        """See ``Modality.offers``: ``spans``, and as many classes as there are values of choices."""
        return {"spans": self.spans, "num_classes": len(self.values) if conditional else 0}

    def play(
        self, row: Row, *, flips: bool, rng: torch.Generator, noise: torch.Generator | None = None
    ) -> tuple[Sample, Sample | None]:
        """See ``Modality.play``."""
        parts = []
        for x, modes, words in zip(row["x"].unbind(1), self.modes, self.words, strict=True):
            if words:
                parts.append(one_hot(x, len(words)))
                continue
            weight, mean, std = _on(x.device, modes)
            z = (x[:, None] - mean) / std
            density = weight.log() - std.log() - z.square() / 2
            u = torch.rand(density.shape, device=x.device, generator=rng).clamp_(1e-9, 1 - 1e-7)
            mode = (density - (-u.log()).log()).argmax(1)  # a draw by the modes' probabilities
            parts += [(z.gather(1, mode[:, None]) / 4).clamp(-FARTHEST, FARTHEST), one_hot(mode, len(modes))]
        return torch.cat(parts, dim=1), self.condition(row)

    def rest(self, sample: Sample) -> Sample:
        """Return generated rows ``(B, D)`` as rows of the table, ``(B, columns)`` float32."""
        assert isinstance(sample, Tensor)
        pieces = iter(split(sample.float(), self.spans))
        columns = []
        for modes, decimals in zip(self.modes, self.decimals, strict=True):
            sort, piece = next(pieces)
            if sort == "choice":
                columns.append(piece.argmax(1).float())
                continue
            _, mean, std = _on(sample.device, modes)
            mode = next(pieces)[1].argmax(1)
            number = piece[:, 0].clamp(-1, 1) * 4 * std[mode] + mean[mode]
            columns.append(number if decimals else number.round())
        return torch.stack(columns, dim=1)

    def deal(self, fields: Mapping[str, Tensor], seed: int) -> Deal:
        """See ``Modality.deal``: training by sampling where ``y`` is the list of values, else the rows shuffled."""
        if "y" not in fields or len(fields["y"]) != len(self.values):
            return super().deal(fields, seed)
        sizes = [len(words) for words in self.words if words]
        chosen = torch.tensor([bool(words) for words in self.words])
        return BySampling(fields["x"].cpu()[:, chosen], sizes, seed)

    def shown(self, fields: Row, n: int) -> Sample | None:
        """See ``Modality.shown``: of each row in turn the value of one column of choices, as often as in the table."""
        chosen = [column for column, words in enumerate(self.words) if words]
        if not chosen:
            return None
        firsts = torch.tensor([sum(map(len, self.words[:column])) for column in chosen])
        which, row = torch.arange(n) % len(chosen), torch.arange(n) % len(fields["x"])
        return fields["x"].cpu()[row, torch.tensor(chosen)[which]].long() + firsts[which]

    def example(self, n: int = 2) -> dict[str, Tensor]:
        """See ``Modality.example``: rows in the middle of each first mode, and the first values."""
        middle = torch.tensor([modes[0][1] if modes else 0.0 for modes in self.modes])
        rows = {"x": middle.expand(n, -1).clone()}
        return rows | {"y": torch.arange(n) % len(self.values)} if self.values else rows

    def described(self, fields: Mapping[str, Tensor]) -> str:
        """See ``Modality.described``, such as ``178 rows of 13 numbers and 1 choice``."""
        choices = sum(bool(words) for words in self.words)
        counts = ((len(self.words) - choices, "number"), (choices, "choice"))
        told = " and ".join(f"{n} {what}{'s' * (n != 1)}" for n, what in counts if n)
        return f"{len(fields['x']):,} rows of {told}"

    def explained(self, fields: Mapping[str, Tensor]) -> list[str]:
        """See ``Modality.explained``: a sentence on each column."""
        from .explain import explained

        return explained(self, fields["x"])

    def picture(self, fake: Sample | None, real: Sample | None, y: Sample | None) -> bytes | None:
        """Draw what each column holds, generated beside real."""
        from .histograms import histograms_png

        sides = [side.cpu().numpy() if isinstance(side, Tensor) else None for side in (fake, real)]
        return histograms_png(self.columns, self.words, *sides)

    def picture_of_data(self, real: Sample, y: Sample | None) -> bytes | None:
        """Draw what each column holds."""
        return self.picture(None, real, y)

    @classmethod
    def read(cls, path: Path) -> Rows | None:
        """See ``Modality.read``: a file ``.csv`` or ``.tsv`` with a line of column names."""
        if path.suffix.lower() not in (".csv", ".tsv") or not path.is_file():
            return None
        from .read_table import read_table

        return read_table(path)

    def read_as(self, path: Path) -> Rows | None:
        """See ``Modality.read_as``: a file with these columns, in any order, and no other choices."""
        if path.suffix.lower() not in (".csv", ".tsv") or not path.is_file():
            return None
        from .read_table import read_columns_of

        return read_columns_of(self, path)

    def write(self, sample: Sample, path: Path) -> bool:
        """Write rows at rest to a file ``.csv`` or ``.tsv``; tell whether ``path`` is one."""
        if path.suffix.lower() not in (".csv", ".tsv"):
            return False
        from .write_table import write_table

        assert isinstance(sample, Tensor)
        write_table(self, sample.cpu().numpy(), path)
        return True


@cache
def _on(device: torch.device, modes: Modes) -> tuple[Tensor, Tensor, Tensor]:
    """Weights, means and deviations; made once, on the device: a turn that is replayed must not copy from the host."""

    def made(numbers: Sequence[float]) -> Tensor:
        return torch.cat([torch.full((1,), number, dtype=torch.float32, device=device) for number in numbers])

    weights, means, stds = zip(*modes, strict=True)
    return made(weights), made(means), made(stds)
