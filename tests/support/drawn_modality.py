"""A modality that exists in tests alone, of named tensors, which are drawn as columns."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ganzoo.drawing import columns
from ganzoo.interfaces import Generator, Modality


@dataclass(frozen=True)
class Bodies(Modality):
    """``a`` and ``b`` are bytes at rest, numbers in [0, 1] at play; a condition is the field ``given``."""

    name: ClassVar[str] = "bodies"
    endings: ClassVar[tuple[str, ...]] = (".txt",)
    pictured: ClassVar[int] = 5

    length: int = 3

    def offers(self, *, conditional):
        return {}

    def play(self, row, *, flips, rng, noise=None):
        return {name: row[name].float() / 255 for name in ("a", "b")}, self.condition(row)

    def condition(self, row):
        return {"given": row["given"]} if "given" in row else None

    def rest(self, sample):
        return {name: (tensor * 255).round().to(torch.uint8) for name, tensor in sample.items()}

    def target(self, row):
        return {name: row[name] for name in ("a", "b")}

    def example(self, n=2):
        return {name: tensor[:, : self.length] for name, tensor in data(n).items()}

    def described(self, fields):
        return f"{len(fields['a']):,} bodies of {self.length} and 1 numbers"

    def write(self, sample, path):
        if path.suffix != ".txt":
            return False
        path.write_text("\n".join(map(str, sample["a"].tolist())))
        return True


class Drawn(Bodies):
    """The same, with a picture: generated ones, what they were given, and real ones."""

    def picture(self, fake, real, y):
        shown = {
            "given": None if y is None else y["given"],
            "made": fake["a"],
            "true": None if real is None else real["a"],
        }
        there = {name: one for name, one in shown.items() if one is not None}
        return columns([as_pixels(one) for one in there.values()], [*there])

    def ways(self, fake, steps):
        return columns([as_pixels(fake["a"][at::steps]) for at in range(steps)], [str(at) for at in range(steps)])


def as_pixels(numbers: Tensor):
    return numbers.to(torch.uint8)[:, None, None].expand(-1, 1, 1, -1).numpy()


def data(n: int, start: int = 0) -> dict[str, Tensor]:
    """Rows of which each number tells the row: ``a`` its number, ``b`` the same, ``given`` 100 more."""
    row = torch.arange(start, start + n, dtype=torch.uint8)[:, None]
    return {"a": row.expand(-1, 3).clone(), "b": row.clone(), "given": 100 + row.expand(-1, 3)}


class Maker(Generator):
    """Gives what it is given back as ``a``, or else its latent, and the latent's mean as ``b``."""

    def __init__(self, z_dim=3):
        super().__init__()
        self.z_dim = z_dim
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, z, y=None):
        told = z.sigmoid() if y is None else y["given"].float() / 255
        mean = z.mean(1, keepdim=True).sigmoid() if self.z_dim else torch.zeros(len(z), 1)
        return {"a": told * self.scale, "b": mean}
