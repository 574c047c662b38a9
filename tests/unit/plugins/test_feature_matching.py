import math

import pytest
import torch
from ganzoo_plugins.moment_matching.feature_matching import FeatureMatching
from ganzoo_plugins.moment_matching.feature_penalty import FeatureMatchingPenalty
from resuming import goes_on_bit_for_bit, plays_without_a_look_at_values
from tiny_players import conv_trainer

REAL = torch.tensor([[1.0, 2.0, 0.0], [3.0, 0.0, 0.0]], dtype=torch.float64)  # mean (2, 1, 0)
FAKE = torch.tensor([[0.0, 0.0, 1.0], [2.0, 6.0, 1.0]], dtype=torch.float64)  # mean (1, 3, 1)


class Given:
    """A turn with verdicts only."""

    def __init__(self, real=REAL, fake=FAKE):
        logits = torch.tensor([0.0, 1.0], dtype=torch.float64)
        self.on_real = {"logits": logits, "features": real}
        self.on_fake = {"logits": -2 * logits, "features": fake}


def test_the_distance_of_the_means_by_hand():
    """(2 - 1)^2 + (1 - 3)^2 + (0 - 1)^2 = 6."""
    assert FeatureMatchingPenalty().g_penalty(Given()).item() == pytest.approx(6)
    assert FeatureMatching().g_loss(Given()).item() == pytest.approx(6)


def test_the_gradient_by_hand():
    """2 (E f(fake) - E f(real)) / B for each fake; none for real, which the generator does not make."""
    real, fake = REAL.clone().requires_grad_(), FAKE.clone().requires_grad_()
    FeatureMatchingPenalty().g_penalty(Given(real, fake)).backward()
    assert fake.grad.tolist() == [pytest.approx([-1.0, 2.0, 1.0])] * 2
    assert real.grad is None


def test_only_means_count():
    swapped = torch.stack([FAKE[:, 0].flip(0), FAKE[:, 1], FAKE[:, 2]], dim=1)
    assert FeatureMatching().g_loss(Given(fake=swapped)).item() == pytest.approx(6)
    assert FeatureMatching().g_loss(Given(REAL, REAL.flip(0))).item() == pytest.approx(0)


def test_the_discriminator_descends_cross_entropy():
    def softplus(x):
        return math.log1p(math.exp(x))

    wanted = (softplus(0) + softplus(-1)) / 2 + (softplus(0) + softplus(-2)) / 2
    assert FeatureMatching().d_loss(Given()).item() == pytest.approx(wanted, rel=1e-12)
    assert FeatureMatchingPenalty().d_penalty(Given()) is None


@pytest.mark.parametrize("schedule", [{}, {"share_fakes": True}, {"order": "simultaneous"}], ids=str)
@pytest.mark.parametrize("classes", [0, 3])
def test_survives_a_checkpoint_and_looks_at_no_value(tmp_path, schedule, classes):
    def alone(parts):
        parts.loss = FeatureMatching()
        return parts

    def fresh():
        return conv_trainer(schedule, [FeatureMatchingPenalty(weight=0.5)], classes=classes, prepare=alone)

    goes_on_bit_for_bit(tmp_path, fresh)
    plays_without_a_look_at_values(fresh())
