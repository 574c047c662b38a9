"""A stranger's game in one file: series of several columns with names, with a reader, data, players and a number."""

import csv
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import nn

from ganzoo.drawing import blank, png_bytes
from ganzoo.errors import DataError
from ganzoo.interfaces import Dataset, Discriminator, Generator, Metric, Modality, Rows

COLOURS = ((0, 82, 140), (204, 88, 3), (24, 128, 72))


@dataclass(frozen=True)
class Series(Modality):
    """Series of equally many steps: `x`, `(N, C, T)` float32, in the units of each column."""

    name: ClassVar[str] = "time-series"
    called: ClassVar[str] = "series"
    offered: ClassVar[frozenset[str]] = frozenset({"length", "columns"})
    metrics: ClassVar[tuple[str, ...]] = ("cross-correlation",)
    pictured: ClassVar[int] = 6
    endings: ClassVar[tuple[str, ...]] = (".csv",)

    length: int = 16
    names: tuple[str, ...] = ("a", "b")
    largest: tuple[float, ...] = (1.0, 1.0)  # of each column, which is 1 in play

    def offers(self, *, conditional):
        return {"length": self.length, "columns": len(self.names)}

    def scaled(self, x, power):
        return torch.stack([column * most**power for column, most in zip(x.unbind(1), self.largest, strict=True)], 1)

    def play(self, row, *, flips, rng, noise=None):
        return self.scaled(row["x"], -1), None

    def rest(self, sample):
        return self.scaled(sample.float(), 1)

    def example(self, n=2):
        steps = torch.linspace(0, 6, n * self.length).view(n, 1, self.length)
        return {"x": self.scaled(torch.cat([torch.sin(steps + c) for c in range(len(self.names))], 1), 1)}

    def described(self, fields):
        return f"{len(fields['x']):,} series of {self.length} steps of {', '.join(self.names)}"

    def picture(self, fake, real, y):
        width, height = 160, 48
        image, draw = blank(2 * width, height * len(fake), 10)
        for place, x in enumerate((fake, real)):
            for i, one in enumerate([] if x is None else self.scaled(x, -1).clamp(-1, 1).tolist()):
                for column, colour in zip(one, COLOURS, strict=False):
                    steps = enumerate(column)
                    at = [(width * (place + t / self.length), height * (i + 0.5 - 0.45 * v)) for t, v in steps]
                    draw.line(at, fill=colour)
        return png_bytes(image, colours=16, description="made beside real")

    def write(self, sample, path):
        if path.suffix != ".csv":
            return False
        with path.open("w", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(["series", *self.names])
            for i, one in enumerate(sample.tolist()):
                lines.writerows([i, *step] for step in zip(*one, strict=True))
        return True

    @classmethod
    def read(cls, path):
        """Read a CSV whose first column, `series`, numbers the series; a line is a step."""
        if path.suffix != ".csv":
            return None
        with path.open(newline="") as file:
            head, *lines = csv.reader(file)
        if head[0] != "series":
            return None
        found = {}
        for line in lines:
            found.setdefault(line[0], []).append([float(cell) for cell in line[1:]])
        if len({len(steps) for steps in found.values()}) != 1:
            raise DataError(f"{path.name} has series of different lengths: cut them to one")
        x = np.asarray([*found.values()], np.float32).swapaxes(1, 2)
        return Rows(cls(x.shape[2], tuple(head[1:]), tuple(abs(x).max((0, 2)).tolist())), {"x": x})


class Oscillators(Dataset):
    """Two oscillators with a spring between them, and its pull."""

    def read(self, paths):
        rng = np.random.default_rng(0)
        slow, fast = rng.uniform(-1, 1, (2, 128, 2, 1))
        time = 0.4 * np.arange(16)
        together = slow[:, 0] * np.cos(time) + slow[:, 1] * np.sin(time)
        apart = fast[:, 0] * np.cos(1.7 * time) + fast[:, 1] * np.sin(1.7 * time)
        x = np.stack([together + apart, together - apart, -2 * apart], 1).astype(np.float32)
        return Rows(Series(16, ("left", "right", "pull"), (3.0, 3.0, 3.0)), {"x": x})


class SeriesGenerator(Generator):
    """Two transposed convolutions in time."""

    z_dim = 8

    def __init__(self, *, length, columns, width=8):
        super().__init__()
        steps = length // 4
        layers = [nn.Linear(self.z_dim, width * steps), nn.Unflatten(1, (width, steps)), nn.ReLU()]
        layers += [nn.ConvTranspose1d(width, width, 4, 2, 1), nn.ReLU(), nn.ConvTranspose1d(width, columns, 4, 2, 1)]
        self.net = nn.Sequential(*layers, nn.Tanh())

    def forward(self, z, y=None):
        return self.net(z)


class SeriesDiscriminator(Discriminator):
    """Two strided convolutions in time."""

    def __init__(self, *, length, columns, width=8):
        super().__init__()
        layers = [nn.Conv1d(columns, width, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv1d(width, width, 4, 2, 1)]
        self.net = nn.Sequential(*layers, nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(width * (length // 4), 1))

    def forward(self, x, y=None):
        return {"logits": self.net(x)[:, 0]}


class CrossCorrelation(Metric):
    """Mean over pairs of columns of the absolute difference of their correlations."""

    reads = frozenset({"moments"})

    def __init__(self, *, columns):
        self.columns = columns

    def look(self, sample, target):
        products = torch.einsum("bct,bdt->bcd", sample, sample) / sample.shape[2]
        return {"moments": torch.cat([sample.mean(2), products.flatten(1)], 1)}

    def label(self, extractor):
        return "cross-correlation"

    def summarise(self, seen):
        mean, products = seen["moments"].double().mean(0).split([self.columns, self.columns**2])
        covariance = products.view(self.columns, self.columns) - mean.outer(mean)
        scale = covariance.diagonal().sqrt()
        return {"correlation": covariance / scale.outer(scale)}

    def compare(self, fake, real):
        above = torch.ones(self.columns, self.columns).triu(1).bool()
        return float((fake["correlation"].cpu() - real["correlation"].cpu())[above].abs().mean())
