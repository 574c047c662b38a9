"""Penalties on the slope of several heads: each is a critic of its own, with a slope of its own."""

import pytest
import torch
from ganzoo_plugins.gradient_penalties.dragan import DRAGAN
from ganzoo_plugins.gradient_penalties.max_gradient import MaxGradient
from ganzoo_plugins.gradient_penalties.one_centred import GradientPenalty
from ganzoo_plugins.gradient_penalties.r1 import R1
from ganzoo_plugins.gradient_penalties.r2 import R2
from ganzoo_plugins.gradient_penalties.wasserstein_divergence import WassersteinDivergence
from ganzoo_plugins.gradient_penalties.zero_centred import ZeroCentred
from ganzoo_plugins.output_penalties.lecam import LeCam
from stand_in_turn import dealt
from tiny_players import MeanLoss, ScalarD, ScalarG, recipe

from ganzoo.interfaces import Discriminator
from ganzoo.recipes.building.build import Parts
from ganzoo.training import Trainer


class TwoCritics(Discriminator):
    """One critic says the first number, the other three times over the second, ``steep`` times as large."""

    outputs = frozenset({"logits", "one", "other"})
    heads = ("one", "other")

    def __init__(self, steep=1.0):
        super().__init__()
        self.steep = torch.nn.Parameter(torch.tensor(steep))

    def forward(self, x, y=None):
        flat = x.flatten(1)
        heads = {"one": flat[:, :1], "other": (self.steep * flat[:, 1:2]).expand(-1, 3)}
        return {"logits": torch.cat([*heads.values()], dim=1), **heads}


def turn_of(D):
    images = torch.randn(4, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    return dealt("D", ScalarG(), D, images, loss=MeanLoss(), second_order=True)


@pytest.mark.parametrize("penalty", [GradientPenalty, DRAGAN])
def test_two_critics_of_slope_1_cost_nothing(penalty):
    """Together they had a slope of 1/4 in the first number and 3/4 in the second."""
    assert turn_of(TwoCritics()).penalty(penalty()).item() == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize(
    ("penalty", "expected"),
    [
        (GradientPenalty, (0**2 + 1**2) / 2),
        (DRAGAN, (0**2 + 1**2) / 2),
        (R1, (1 + 4) / 4),
        (R2, (1 + 4) / 4),
        (ZeroCentred, (1 + 4) / 2),
        (MaxGradient, (1 + 4) / 2),
        (WassersteinDivergence, (1**6 + 2**6) / 2),
    ],
)
def test_a_penalty_is_the_mean_of_those_of_the_heads(penalty, expected):
    """Slopes of 1 and 2."""
    assert turn_of(TwoCritics(2.0)).penalty(penalty()).item() == pytest.approx(expected, rel=1e-5)


def test_a_penalty_of_verdicts_themselves_is_asked_once():
    seen = []

    class Counting(LeCam):
        def d_penalty(self, turn):
            seen.append(turn.on_real["logits"].shape)
            return super().d_penalty(turn)

    turn_of(TwoCritics()).penalty(Counting())
    assert seen == [(4, 4)]


class TwoHeads(ScalarD):
    """v times the image's mean, and three times twice that: of 16 numbers the slopes are v / 4 and v / 2 long."""

    outputs = frozenset({"logits", "one", "three"})
    heads = ("one", "three")

    def forward(self, x, y=None):
        one = super().forward(x, y)["logits"][:, None]
        heads = {"one": one, "three": (2 * one).expand(-1, 3)}
        return {"logits": torch.cat([*heads.values()], dim=1), **heads}


def test_the_discriminator_moves_along_the_mean_of_the_penalties():
    """R1 is (v^2 / 16 + v^2 / 4) / 4, its slope in v is 5 v / 32; the loss moves it by 1.5 (f - r)."""
    sgd = {"name": "sgd", "lr": 0.1}
    pixels = torch.randint(0, 256, (32, 1, 4, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    parts = Parts(ScalarG(), TwoHeads(), MeanLoss(), [R1(weight=3.0)])
    trainer = Trainer(recipe(None, sgd, sgd), parts, pixels, None, seed=0)
    turn, _ = trainer.take_turn("D")
    r, f = turn.real.mean().item(), turn.fake.mean().item()
    assert trainer.parts.D.v.item() == pytest.approx(2.0 - 0.1 * (1.5 * (f - r) + 3 * 5 * 2.0 / 32), rel=1e-5)
