"""Modalities that exist in tests alone: rows of numbers, and two domains of them; with extractors and metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from tiny_extractor import registry as tiny_registry

from ganzoo.interfaces import Extractor, Metric, Modality
from ganzoo.registry.registry import Entry


@dataclass(frozen=True)
class Measures(Modality):
    """Rows of ``length`` numbers; at rest twice as large as they play."""

    length: int = 3
    name: ClassVar[str] = "measures"
    offered: ClassVar[frozenset[str]] = frozenset({"length"})

    def offers(self, *, conditional):
        return {"length": self.length}

    def play(self, row, *, flips, rng, noise=None):
        return row["x"] / 2, row.get("y")

    def rest(self, sample):
        return sample.float() * 2

    def example(self, n=2):
        return {"x": torch.arange(n * self.length).reshape(n, -1).float(), "y": torch.arange(n).float()[:, None]}


@dataclass(frozen=True)
class Domains(Measures):
    """Two domains of such rows, each of its own length."""

    name: ClassVar[str] = "domains"

    def target(self, row):
        return {"a": row["a"], "b": row["b"]}

    def example(self, n=2):
        x = super().example(n)["x"]
        return {"a": x, "b": -x}


class Sums(Extractor):
    """The numbers and their sum, for rows of a length that it is told."""

    modality = "measures"
    classifies = False

    def __init__(self, length, weights=None):
        super().__init__()
        self.length = length

    def forward(self, rows):
        assert rows.shape[1:] == (self.length,) and rows.dtype == torch.float32
        return {"features": torch.cat([rows, rows.sum(1, keepdim=True)], dim=1)}


class OfDomains(Sums):
    modality = "domains"


class Untold(Sums):
    """Needs what nobody tells."""

    def __init__(self, height, weights=None):
        super().__init__(height)


class Largest(Metric):
    """The difference of the means of the largest numbers, without an extractor."""

    reads = frozenset({"value"})

    def look(self, sample, target):
        assert target is None
        return {"value": sample.amax(1, keepdim=True)}

    def label(self, extractor):
        return "largest"

    def summarise(self, seen):
        return {"mean": seen["value"].double().mean(0), "n": torch.tensor([len(seen["value"])])}

    def compare(self, fake, real):
        return float((fake["mean"] - real["mean"]).abs())


class Smallest(Largest):
    """The same of the smallest, in a column of the same name."""

    def look(self, sample, target):
        return {"value": sample.amin(1, keepdim=True)}

    def label(self, extractor):
        return "smallest"


class Apart(Metric):
    """The mean distance of each sample from the real one of its row."""

    reads = frozenset({"distance"})
    paired = True

    def look(self, sample, target):
        return {"distance": (sample - target).abs().sum(1, keepdim=True)}

    def label(self, extractor):
        return "apart"

    def summarise(self, seen):
        return {"mean": seen["distance"].double().mean(0)}

    def compare(self, fake, real):
        return float(fake["mean"])


class Tuned(Metric):
    """Reads both a column of its own and the extractor's features."""

    reads = frozenset({"features", "value"})

    def look(self, sample, target):
        return {"value": sample[:, :1]}

    def label(self, extractor):
        return f"tuned[{extractor}]"

    def summarise(self, seen):
        return {"mean": (seen["features"][:, :1] - seen["value"]).mean(0)}

    def compare(self, fake, real):
        return float(fake["mean"] - real["mean"])


class Scaled(Largest):
    """The largest numbers, by the length that it is told."""

    def __init__(self, length):
        self.length = length

    def look(self, sample, target):
        return {"value": sample.amax(1, keepdim=True) / self.length}


class Silent(Largest):
    """Looks, and does not give what it reads."""

    def look(self, sample, target):
        return {"other": sample}


class Flat(Largest):
    """Gives its column without a second dimension."""

    def look(self, sample, target):
        return {"value": sample.amax(1)}


class Told(Largest):
    """Names a keyword that its data offer."""

    def __init__(self, *, length):
        self.length = length


class UntoldMetric(Largest):
    """Needs what nobody tells."""

    def __init__(self, *, height):
        self.height = height


EXTRACTORS = {"sums": "Sums", "of-domains": "OfDomains", "untold": "Untold"}
METRICS = {
    "largest": "Largest",
    "smallest": "Smallest",
    "apart": "Apart",
    "tuned": "Tuned",
    "scaled": "Scaled",
    "silent": "Silent",
    "flat": "Flat",
    "told": "Told",
    "untold": "UntoldMetric",
}


def registry():
    """The bundled registry, ``tiny_extractor``'s parts, and these."""
    found = tiny_registry()
    for kind, parts in (("extractor", EXTRACTORS), ("metric", METRICS)):
        found.add([Entry(kind, name, f"tiny_modalities:{target}", "mine", "1") for name, target in parts.items()])
    return found


def rows(n, *, seed=0, length=3):
    """``(n, length)`` normal numbers."""
    return torch.randn(n, length, generator=torch.Generator().manual_seed(seed))
