"""Modalities of tests: rows of numbers, waves and two domains, with labels or without; and one pair for all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ganzoo.interfaces import Discriminator, Generator, Modality
from ganzoo.layers import Projection
from ganzoo.samples import flat

Shapes = tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Shaped(Modality):
    """Noise of some shapes, at rest as it plays; one that is called ``x`` alone is a lone tensor."""

    name: ClassVar[str] = "shaped"
    offered: ClassVar[frozenset[str]] = frozenset({"shapes", "num_classes"})

    shapes: Shapes = (("x", (6,)),)
    num_classes: int = 0

    def offers(self, *, conditional: bool) -> dict[str, Any]:
        return {"shapes": self.shapes, "num_classes": self.num_classes if conditional else 0}

    def play(self, row, *, flips, rng, noise=None):
        x = {name: row[name].clone() for name, _ in self.shapes}
        return (x["x"] if set(x) == {"x"} else x), self.condition(row)

    def target(self, row):
        return self.play(row, flips=False, rng=torch.Generator())[0]

    def example(self, n: int = 2) -> dict[str, Tensor]:
        rng = torch.Generator().manual_seed(0)
        x = {name: torch.rand(n, *shape, generator=rng) * 2 - 1 for name, shape in self.shapes}
        return x | ({"y": torch.arange(n) % self.num_classes} if self.num_classes else {})


ROWS: Shapes = (("x", (6,)),)
WAVES: Shapes = (("x", (1, 32)),)
DOMAINS: Shapes = (("a", (1, 4, 4)), ("b", (3, 4, 4)))
PICTURES: Shapes = (("x", (1, 8, 8)),)


class AnyG(Generator):
    """A dense layer for each tensor; labels scale the latent."""

    z_dim = 16

    def __init__(self, *, shapes: Shapes, num_classes: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(num_classes, self.z_dim) if num_classes else None
        self.nets = nn.ModuleDict(
            {
                name: nn.Sequential(
                    nn.Linear(self.z_dim, 16), nn.Softplus(), nn.Linear(16, math.prod(shape)), nn.Unflatten(1, shape)
                )
                for name, shape in shapes
            }
        )

    def forward(self, z, y=None):
        z = z if self.embed is None else z * self.embed(y)
        x = {name: net(z) for name, net in self.nets.items()}
        return x["x"] if set(x) == {"x"} else x


class AnyD(Discriminator):
    """All that terms read of a discriminator; labels are told to it by a projection."""

    outputs = frozenset({"logits", "energy", "features", "maps"})

    def __init__(self, *, shapes: Shapes, num_classes: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Linear(sum(math.prod(shape) for _, shape in shapes), 24), nn.Softplus())
        self.body = nn.Sequential(nn.Linear(24, 12), nn.Softplus())
        self.head, self.energy = nn.Linear(12, 1), nn.Linear(12, 1)
        self.embed = Projection(num_classes, 12) if num_classes else None

    def forward(self, x, y=None):
        first = self.first(flat(x))
        features = self.body(first)
        logits = self.head(features).squeeze(1)
        if self.embed is not None:
            logits = logits + self.embed(features, y)
        energy = self.energy(features).squeeze(1).square()
        return {"logits": logits, "energy": energy, "features": features, "maps": first.view(-1, 8, 3)}
