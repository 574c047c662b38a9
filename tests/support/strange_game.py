"""A game that exists in tests alone: pairs of a grid and a row, dealt apart, and conditions by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import tiny_players as tiny
import torch
from torch import nn

from ganzoo.interfaces import Discriminator, Generator, Modality, Regularizer, Shuffled
from ganzoo.layers.terms.slope import slope
from ganzoo.recipes.building.build import Parts
from ganzoo.samples import flat
from ganzoo.training import Trainer


@dataclass(frozen=True)
class Strange(Modality):
    """Grids ``a`` ``(side, side)`` and rows ``b`` of other data, as many as there are of either.

    A condition is a number and a mark of the same row as ``a``.
    """

    name: ClassVar[str] = "strange"
    offered: ClassVar[frozenset[str]] = frozenset({"side", "length"})
    mirrored: ClassVar[bool] = True
    quantised: ClassVar[bool] = True

    side: int = 4
    length: int = 3

    def offers(self, *, conditional):
        return {"side": self.side, "length": self.length}

    def play(self, row, *, flips, rng, noise=None):
        a, b = row["a"].float() / 10, row["b"].clone()
        if noise is not None:
            b = b + torch.rand(b.shape, device=b.device, generator=noise)
        if flips:
            a = torch.where(torch.rand(len(a), 1, 1, 1, device=a.device, generator=rng) < 0.5, a, a.flip(3))
        return {"a": a, "b": b}, self.condition(row)

    def condition(self, row):
        return {"mark": row["mark"], "number": row["number"]}

    def target(self, row):
        return {"a": row["a"].float(), "b": row["b"]}

    def deal(self, fields, seed):
        by = {"a": "left", "mark": "left", "number": "left", "b": "right"}
        return Shuffled({name: len(field) for name, field in fields.items()}, seed, by=by)

    def example(self, n=2):
        return rows(n, n, side=self.side, length=self.length)


def rows(left, right, *, side=4, length=3):
    """``left`` grids with their conditions, and ``right`` rows; every row is told from the others by its numbers."""
    a = torch.arange(left)[:, None, None, None].expand(left, 1, side, side).contiguous().to(torch.int16)
    b = torch.arange(right).float()[:, None].expand(right, length).contiguous()
    number = torch.arange(left).float()[:, None] / 10
    return {"a": a, "b": b, "mark": torch.arange(left) % 3, "number": number}


class StrangeG(Generator):
    z_dim = 2

    def __init__(self, *, side, length, width=4):
        super().__init__()
        self.side, self.marks = side, nn.Embedding(3, width)
        self.net = nn.Sequential(nn.Linear(2 + 1 + width, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Tanh())
        self.a, self.b = nn.Linear(8, side * side), nn.Linear(8, length)

    def forward(self, z, y=None):
        h = self.net(torch.cat([z, y["number"], self.marks(y["mark"])], dim=1))
        return {"a": self.a(h).view(-1, 1, self.side, self.side), "b": self.b(h)}


class StrangeD(Discriminator):
    outputs = frozenset({"logits", "features"})

    def __init__(self, *, side, length):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(side * side + length + 1, 8), nn.LeakyReLU(0.2), nn.Dropout(0.2))
        self.head = nn.Linear(8, 2)

    def forward(self, x, y=None):
        features = self.net(torch.cat([flat(x), y["number"]], dim=1))
        return {"logits": self.head(features), "features": features}


class Slopes(Regularizer):
    """The penalty on the slope at real samples, of all names."""

    second_order = True

    def d_penalty(self, turn):
        return slope(turn.on_real["logits"], turn.real).square().sum(1).mean()


MODALITY = Strange()
LEFT, RIGHT = 23, 17


def strange_trainer(schedule=None, regularizers=(), seed=0, modality=MODALITY, fields=None, device="cpu", **how):
    """A trainer of the game on data of two lengths."""
    changes = {key: how.pop(key) for key in ("flips", "dequantize") if key in how}
    shape = modality.offers(conditional=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        parts = Parts(StrangeG(**shape), StrangeD(**shape), tiny.SoftLoss(), list(regularizers))
    recipe = tiny.recipe(schedule, conditional=True, **changes)
    given = rows(LEFT, RIGHT) if fields is None else fields
    return Trainer(recipe, parts, given, modality=modality, seed=seed, device=device, **how)
