"""Run with ``pytest``, once this package is installed."""

import math
from dataclasses import dataclass

import pytest
import torch
from ganzoo_example.arctan import Arctan

from ganzoo.errors import RecipeError
from ganzoo.registry.discovery import load_zoo
from ganzoo.testing import assert_conforms, entries_of

ZOO = load_zoo()


@pytest.mark.parametrize("entry", entries_of(ZOO, "example"), ids=lambda entry: f"{entry.kind}-{entry.name}")
def test_conforms(entry):
    assert_conforms(ZOO.registry, entry.kind, entry.name)


@dataclass
class Turn:
    """As much of a turn as the loss reads."""

    on_real: dict[str, torch.Tensor]
    on_fake: dict[str, torch.Tensor]


def test_values_by_hand():
    turn = Turn({"logits": torch.tensor([2.0, -2.0])}, {"logits": torch.tensor([2.0, 0.0])})
    loss = Arctan(scale=2.0)
    assert loss.d_loss(turn).item() == pytest.approx(math.pi / 8)
    assert loss.g_loss(turn).item() == pytest.approx(-math.pi / 8)


def test_a_scale_must_be_above_zero():
    with pytest.raises(RecipeError, match="scale"):
        Arctan(scale=0.0)
