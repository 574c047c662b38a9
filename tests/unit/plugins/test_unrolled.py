import pytest
import torch
from ganzoo_plugins.training_dynamics.unrolled import Unrolled
from resuming import differences, goes_on_bit_for_bit, plays_without_a_look_at_values, state
from stand_in_turn import dealt
from tiny_players import MeanLoss, ScalarD, ScalarG, SoftLoss, conv_trainer, scalar_trainer
from torch.nn.functional import softplus

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator

ETA = 0.3


def draws(n=6):
    rng = torch.Generator().manual_seed(4)
    z = torch.randn(n, 1, dtype=torch.float64, generator=rng)
    return z, torch.randn(n, 1, 4, 4, dtype=torch.float64, generator=rng)


def scalar_turn(loss, w=0.5, v=2.0, player="G"):
    """The generator's turn, in which the discriminator rests."""
    z, real = draws()
    G, D = ScalarG(w).double(), ScalarD(v).double().requires_grad_(False)
    with torch.no_grad():
        G.w.fill_(w)
    return dealt(player, G, D, real, z=z, loss=loss)


def test_no_step_is_the_plain_game():
    turn = scalar_turn(MeanLoss())
    assert Unrolled(k=0).recast(turn) is turn
    plain, other = (scalar_trainer(regularizers=terms) for terms in ([], [Unrolled(k=0)]))
    for t in (plain, other):
        for _ in range(3):
            t.step()
    assert torch.equal(plain.parts.G.w, other.parts.G.w)


def test_the_discriminators_turn_is_left_alone():
    turn = scalar_turn(MeanLoss(), player="D")
    assert Unrolled().recast(turn) is turn


@pytest.mark.parametrize("k", [1, 2, 3])
def test_linear_steps_by_hand(k):
    """D descends v (w z - x), whose slope in v is w z - x at every step: v_k = v - k eta (w z - x)."""
    w, v = 0.5, 2.0
    z, real = (values.mean().item() for values in draws())
    turn = scalar_turn(MeanLoss(), w, v)
    ahead = Unrolled(k=k, lr=ETA).recast(turn)
    v_k = v - k * ETA * (w * z - real)
    loss = turn.loss.g_loss(ahead)
    assert loss.item() == pytest.approx(-((v_k * w * z) ** 2), rel=1e-12)
    loss.backward()
    # d/dw of -(v_k w z)^2, with dv_k/dw = -k eta z
    wanted = -2 * (v_k * w * z) * (v_k * z + w * z * (-k * ETA * z))
    assert turn.G.w.grad.item() == pytest.approx(wanted, rel=1e-12)
    still = -2 * (v_k * w * z) * v_k * z  # what is left where the steps are not differentiated
    assert abs(wanted - still) > 0.01 * abs(wanted)
    assert turn.D.v.item() == v
    assert turn.D.v.grad is None


def test_momentum_by_hand():
    """With a constant slope s: moves s, then (1 + m) s, so v_2 = v - eta (2 + m) s."""
    w, v = 0.5, 2.0
    z, real = (values.mean().item() for values in draws())
    turn = scalar_turn(MeanLoss(), w, v)
    ahead = Unrolled(k=2, lr=ETA, momentum=0.7).recast(turn)
    v_2 = v - ETA * 2.7 * (w * z - real)
    assert turn.loss.g_loss(ahead).item() == pytest.approx(-((v_2 * w * z) ** 2), rel=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_bent_loss_against_steps_and_differences_by_hand(momentum):
    z, real = draws()
    real = real.mean((1, 2, 3))

    def unrolled_by_hand(w, v=2.0, k=3):
        speed = 0.0
        for _ in range(k):
            # d/dv of softplus(-v x) + softplus(v w z)
            slope = (-real * torch.sigmoid(-v * real)).mean() + (w * z * torch.sigmoid(v * w * z)).mean()
            speed = momentum * speed + slope
            v = v - ETA * speed
        return softplus(-v * w * z).mean()

    turn = scalar_turn(SoftLoss())
    loss = turn.loss.g_loss(Unrolled(k=3, lr=ETA, momentum=momentum).recast(turn))
    loss.backward()
    assert loss.item() == pytest.approx(unrolled_by_hand(0.5).item(), rel=1e-12)
    h = 1e-5
    difference = (unrolled_by_hand(0.5 + h) - unrolled_by_hand(0.5 - h)).item() / (2 * h)
    assert turn.G.w.grad.item() == pytest.approx(difference, rel=1e-8)


def test_the_unrolled_discriminator_is_a_discriminator():
    t = conv_trainer(regularizers=[Unrolled(k=1, lr=0.1)])
    t.descent.attend(D=False, G=True)
    turn = t._turn("G")
    assert isinstance(turn.D, Discriminator)
    assert turn.D.outputs == t.parts.D.outputs == turn.on_fake.keys()
    assert not torch.equal(turn.on_fake["logits"], t.parts.D(turn.fake)["logits"])


class Counts(SoftLoss):
    """A loss with a state that its discriminator's loss moves and uses."""

    def __init__(self):
        super().__init__()
        self.register_buffer("k", torch.ones(()))

    def d_loss(self, turn):
        self.k.mul_(1.5)
        return super().d_loss(turn) * self.k.clone()


@pytest.mark.parametrize("schedule", [{}, {"order": "simultaneous"}], ids=str)
def test_the_generators_turn_moves_neither_the_discriminator_nor_the_loss(schedule):
    """Weights, running statistics, singular vectors and the loss's own state."""

    def stateful(parts):
        parts.loss = Counts()
        return parts

    t = conv_trainer(schedule, [Unrolled(k=3, lr=0.1)], prepare=stateful)
    before = state(t)
    t.descent.attend(D=bool(schedule), G=True)
    turn = t._turn("G", live=bool(schedule))
    t._total(turn).backward()
    changed = [name for name in differences(before, state(t)) if name.startswith(("D.", "loss."))]
    assert changed == []
    assert all(p.grad is None for p in t.parts.D.parameters())
    assert all(p.grad is not None for p in t.parts.G.parameters())


def test_every_step_and_the_generator_see_one_batch():
    t = conv_trainer(regularizers=[Unrolled(k=3, lr=0.1)], flips=True)
    deals, draw = [], t._deal
    t._deal = lambda player: deals.append(player) or draw(player)
    t.take_turn("G")
    assert deals == ["G"]


def test_what_a_part_froze_is_not_unrolled():
    def frozen(parts):
        parts.D.head.requires_grad_(False)
        parts.regularizers[0].prepare(parts.G, parts.D)
        return parts

    t = conv_trainer(regularizers=[Unrolled(k=1)], prepare=frozen)
    t.descent.attend(D=False, G=True)
    assert t._turn("G").D.weights.keys() == {"net.0.bias", "net.0.parametrizations.weight.original"} | {
        "net.1.weight",
        "net.1.bias",
    }


@pytest.mark.parametrize("schedule", [{}, {"share_fakes": True}, {"order": "simultaneous"}], ids=str)
@pytest.mark.parametrize("classes", [0, 3])
def test_survives_a_checkpoint_and_looks_at_no_value(tmp_path, schedule, classes):
    def fresh():
        return conv_trainer(schedule, [Unrolled(k=2, lr=0.1, momentum=0.5)], classes=classes)

    goes_on_bit_for_bit(tmp_path, fresh)
    plays_without_a_look_at_values(fresh())


@pytest.mark.parametrize("values", [{"k": -1}, {"k": 1.5}, {"k": True}, {"lr": -1}, {"momentum": "a"}], ids=str)
def test_values_that_are_refused(values):
    with pytest.raises(RecipeError, match=f"{next(iter(values))} is "):
        Unrolled(**values)
