"""The suite's own generator makes numbers like those of the example of the data."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch

from ganzoo.interfaces import Discriminator, Modality
from ganzoo.registry.registry import Entry, Registry
from ganzoo.testing import check_entry
from ganzoo.testing.fixtures.data import Case
from ganzoo.testing.fixtures.partners import AnyGenerator, partners_of


@dataclass(frozen=True)
class Shares(Modality):
    """Shares of a whole: above 0, and 1 in sum."""

    name: ClassVar[str] = "shares"
    offered: ClassVar[frozenset[str]] = frozenset({"parts"})

    parts: int = 3

    def offers(self, *, conditional):
        return {"parts": self.parts}

    def play(self, row, *, flips, rng, noise=None):
        return row["x"].clone(), None

    def example(self, n=2):
        return {"x": torch.arange(1.0, 1 + n * self.parts).view(n, self.parts).softmax(1)}


class OfLogarithms(Discriminator):
    """Is not a number below 0."""

    def __init__(self, *, parts):
        super().__init__()
        self.net = torch.nn.Linear(parts, 1)

    def forward(self, x, y=None):
        return {"logits": self.net(x.log()).squeeze(1)}


def test_its_numbers_lie_between_those_of_the_example():
    params = partners_of(Case(Shares()))["generator"].params
    made = AnyGenerator(**params)(torch.randn(64, AnyGenerator.z_dim))
    example = Shares().example(4)["x"]
    assert made.min() >= example.min() and made.max() <= example.max()
    assert params["between"] == [[pytest.approx(example.min().item()), pytest.approx(example.max().item())]]


def test_a_discriminator_of_positive_numbers_passes():
    registry = Registry()
    parts = {"modality": ("shares", "Shares"), "discriminator": ("of-logs", "OfLogarithms")}
    registry.add([Entry(kind, name, f"{__name__}:{cls}", "mine") for kind, (name, cls) in parts.items()])
    found = check_entry(registry, registry.get("discriminator", "of-logs"))
    assert [one for one in found if not one.ok] == []
    assert "steps" in {one.check for one in found}
