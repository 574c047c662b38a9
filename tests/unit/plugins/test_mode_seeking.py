import pytest
import torch
from ganzoo_plugins.generator_regularizers.mode_seeking import ModeSeeking
from resuming import goes_on_bit_for_bit, plays_without_a_look_at_values
from stand_in_turn import Constant, dealt
from tiny_players import ScalarD, ScalarG, conv_trainer
from torch import nn

from ganzoo.interfaces import Generator

EPS = 1e-5


def turn_of(G, n=6, seed=0, y_fake=None):
    real = torch.zeros(n, 1, 4, 4, dtype=torch.float64)
    rng = torch.Generator().manual_seed(seed)
    return dealt("G", G, ScalarD().double(), real, y_fake=y_fake, rng=rng)


@pytest.mark.parametrize("w", [0.5, -2.0])
def test_a_linear_generator_in_closed_form(w):
    """Images w z differ |w| times as much as their latents, whichever those are."""
    G = ScalarG(w).double()
    penalty = ModeSeeking().g_penalty(turn_of(G))
    assert penalty.item() == pytest.approx(1 / (abs(w) + EPS), rel=1e-7)
    penalty.backward()
    assert G.w.grad.item() == pytest.approx(-(1 if w > 0 else -1) / (abs(w) + EPS) ** 2, rel=1e-7)


class Mixed(Generator):
    """Two of four pixels follow the latents, each at its own slope; the label shifts them all."""

    z_dim = 2

    def __init__(self):
        super().__init__()
        self.slopes = nn.Parameter(torch.tensor([0.5, 3.0], dtype=torch.float64))

    def forward(self, z, y=None):
        x = torch.cat([z * self.slopes, torch.zeros_like(z)], dim=1).view(-1, 1, 2, 2)
        return x if y is None else x + 100.0 * y[:, None, None, None]


def test_the_ratio_of_mean_distances_by_hand():
    G = Mixed()
    penalty = ModeSeeking().g_penalty(turn_of(G, seed=9))
    rng = torch.Generator().manual_seed(9)
    first = G.sample_z(6, device="cpu", rng=rng).double()
    second = G.sample_z(6, device="cpu", rng=rng).double()
    apart = (second - first).abs()
    ratio = (apart * torch.tensor([0.5, 3.0])).sum() / 24 / (apart.sum() / 12)  # 4 pixels, 2 coordinates
    assert penalty.item() == pytest.approx(1 / (ratio.item() + EPS), rel=1e-6)


def test_labels_are_the_same_in_both_batches():
    """Else the images would differ by their labels alone, and nothing would be sought."""
    labels = torch.arange(6)
    plain, labelled = (ModeSeeking().g_penalty(turn_of(Mixed(), seed=3, y_fake=y)) for y in (None, labels))
    assert labelled.item() == pytest.approx(plain.item(), rel=1e-9)


def test_a_collapsed_generator_pays_the_most_and_a_finite_price():
    turn = turn_of(Constant())
    turn = turn.replace(z=torch.randn(6, 3, dtype=torch.float64))
    assert ModeSeeking().g_penalty(turn).item() == pytest.approx(1 / EPS)
    flat = ScalarG(0.0).double()
    penalty = ModeSeeking().g_penalty(turn_of(flat))
    penalty.backward()
    assert torch.isfinite(flat.w.grad)


def test_draws_come_from_the_turn():
    before = torch.get_rng_state()
    a, b, c = (ModeSeeking().g_penalty(turn_of(Mixed(), seed=seed)).item() for seed in (0, 0, 1))
    assert a == b != c
    assert torch.equal(before, torch.get_rng_state())


def test_the_discriminator_pays_nothing():
    assert ModeSeeking().d_penalty(turn_of(ScalarG().double())) is None


@pytest.mark.parametrize("schedule", [{}, {"share_fakes": True}, {"order": "simultaneous"}], ids=str)
@pytest.mark.parametrize("classes", [0, 3])
def test_survives_a_checkpoint_and_looks_at_no_value(tmp_path, schedule, classes):
    def fresh():
        return conv_trainer(schedule, [ModeSeeking(every=2)], classes=classes)

    goes_on_bit_for_bit(tmp_path, fresh)
    plays_without_a_look_at_values(fresh())
