"""The modality of two domains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from ganzoo.drawing import columns
from ganzoo.interfaces import Deal, Modality, Row, Rows, Shuffled, Size
from ganzoo.interfaces.size import sides, size_of
from ganzoo.layers import coins, mirrored, to_bytes, to_unit
from ganzoo.samples import Sample, each

from .reading import read_domains

NAMES = ("a", "b")


@dataclass(frozen=True)
class Domains(Modality):
    """Pictures of two domains, the fields ``a`` and ``b``, ``(N, C, H, W)`` uint8, of lengths of their own.

    They are dealt apart: no picture belongs to one of the other domain. A sample is ``{"a": ..., "b": ...}`` in
    [-1, 1], and so is a condition: the fake ``a`` is made of the condition's ``b``, and the fake ``b`` of its ``a``.
    A generated sample may also have ``back-a`` and ``back-b``, the condition translated there and back; they are judged
    against it.

    Attributes:
        image_size: height and width in pixels: one number for squares, else both.
        channels: 1 for grey, 3 for RGB, of both domains.
    """

    name: ClassVar[str] = "domains"
    called: ClassVar[str] = "pictures"
    offered: ClassVar[frozenset[str]] = frozenset({"image_size", "channels", "domains"})
    extractor: ClassVar[str] = "inception"
    metrics: ClassVar[tuple[str, ...]] = ("fid", "cycle-error")
    mirrored: ClassVar[bool] = True
    judged_as: ClassVar[str] = "images"
    pictured: ClassVar[int] = 24

    image_size: Size = 32
    channels: int = 3

    def __post_init__(self) -> None:
        """Write the size as networks are given it, one number for squares."""
        object.__setattr__(self, "image_size", size_of(*sides(self.image_size)))

    def offers(self, *, conditional: bool) -> dict[str, Any]:
        """Return ``image_size``, ``channels`` and ``domains``, their names, by which parts of two domains are told."""
        return {"image_size": self.image_size, "channels": self.channels, "domains": NAMES}

    @classmethod
    def tried(cls) -> tuple[tuple[str, Modality], ...]:
        """Return small grey pictures."""
        return ((cls.name, cls(image_size=8, channels=1)),)

    def play(
        self, row: Row, *, flips: bool, rng: torch.Generator, noise: torch.Generator | None = None
    ) -> tuple[Sample, Sample]:
        """Return real pictures of both domains, and the same once more as what fakes are made of."""
        real = self.condition(row)
        if flips:
            real = {name: mirrored(x, coins(len(x), rng)) for name, x in real.items()}
        return real, dict(real)

    def condition(self, row: Row) -> dict[str, Tensor]:
        """Return pictures of both domains."""
        return {name: to_unit(row[name]) for name in NAMES}

    def rest(self, sample: Sample) -> Sample:
        """Return pictures in [-1, 1] as bytes."""
        rested: Sample = each(to_bytes, sample)
        return rested

    def target(self, row: Row) -> Sample:
        """Return pictures of both domains at rest."""
        return {name: row[name] for name in NAMES}

    def judged(self, rest: Sample) -> dict[str, Tensor]:
        """Return both domains, and both there and back; a real picture comes back as it was."""
        assert isinstance(rest, Mapping)
        backs = {f"back-{name}": rest.get(f"back-{name}", rest[name]) for name in NAMES}
        return {name: rest[name] for name in NAMES} | backs

    def judges(self, name: str, *, paired: bool) -> bool:
        """Compare what came back with what it was, and what is made with the domain as a whole."""
        return paired == name.startswith("back-")

    def deal(self, fields: Mapping[str, Tensor], seed: int) -> Deal:
        """Deal the domains apart."""
        return Shuffled({name: len(fields[name]) for name in NAMES}, seed, by={name: name for name in NAMES})

    def example(self, n: int = 2) -> dict[str, Tensor]:
        """Return grey ramps, and their negatives."""
        height, width = sides(self.image_size)
        first = torch.linspace(0, 200, self.channels * height * width).view(1, self.channels, height, width)
        x = (first + torch.arange(n).view(n, 1, 1, 1) * 5 % 50).to(torch.uint8)
        return {"a": x, "b": 255 - x}

    def described(self, fields: Mapping[str, Tensor]) -> str:
        """Return such as ``800 and 700 pictures of 28x28x1``."""
        height, width = sides(self.image_size)
        return f"{len(fields['a']):,} and {len(fields['b']):,} pictures of {height}x{width}x{self.channels}"

    def picture(self, fake: Sample, real: Sample | None, y: Sample | None) -> bytes:
        """Draw each domain's pictures beside what was made of them, and what came back, in columns."""
        assert isinstance(fake, Mapping)
        shown: dict[str, Tensor] = {}
        for given, made in (NAMES, NAMES[::-1]):
            shown |= {given: to_bytes(y[given])} if isinstance(y, Mapping) else {}
            shown[f"to {made}"] = fake[made]
            shown |= {f"back {given}": back} if (back := fake.get(f"back-{given}")) is not None else {}
        return columns([one.cpu().numpy() for one in shown.values()], [*shown])

    def picture_of_data(self, real: Sample, y: Sample | None) -> bytes:
        """Draw a column of each domain."""
        assert isinstance(real, Mapping)
        return columns([real[name].cpu().numpy() for name in NAMES], NAMES)

    @classmethod
    def read(cls, path: Path) -> Rows | None:
        """Read a folder with folders ``trainA`` and ``trainB`` of pictures, all of one size.

        Raises:
            DataError: one of the two is missing or empty, or a picture is broken or has another size.
        """
        return cls.of_folders(path, "train")

    @classmethod
    def read_held_out(cls, path: Path) -> Rows | None:
        """Read its folders ``testA`` and ``testB``, which nothing is trained on; None without them.

        Raises:
            DataError: see ``read``.
        """
        return cls.of_folders(path, "test")

    @classmethod
    def of_folders(cls, path: Path, part: str) -> Rows | None:
        """Read the two folders of a part, ``train`` or ``test``; None where there is neither."""
        found = read_domains(path, part)
        if found is None:
            return None
        _, channels, height, width = found["a"].shape
        return Rows(cls(image_size=size_of(height, width), channels=channels), found)
