import pytest
import torch
from ganzoo_plugins.training_dynamics.consensus import Consensus
from resuming import differences, goes_on_bit_for_bit, plays_without_a_look_at_values, state
from stand_in_turn import dealt
from tiny_players import ScalarD, ScalarG, SoftLoss, conv_trainer, recipe
from torch import nn
from torch.nn.functional import softplus

from ganzoo.interfaces import Generator, Loss, Regularizer
from ganzoo.recipes.building.build import Parts
from ganzoo.training import Trainer


class Point(Generator):
    """Every image is ``w``, whatever the latent."""

    z_dim = 1

    def __init__(self, w):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(float(w)))

    def forward(self, z, y=None):
        return self.w.expand(len(z), 1, 2, 2)


class Bilinear(Loss):
    """D descends v w, G descends -v w: the equilibrium is (0, 0), and plain descent circles it."""

    def d_loss(self, turn):
        return turn.on_fake["logits"].mean()

    def g_loss(self, turn):
        return -turn.on_fake["logits"].mean()


def bilinear_trainer(order, terms):
    sgd = {"name": "sgd", "lr": 0.1}
    parts = Parts(Point(1.0), ScalarD(1.0), Bilinear(), terms)
    return Trainer(recipe({"order": order}, sgd, sgd), parts, torch.zeros(8, 1, 2, 2, dtype=torch.uint8), None, seed=0)


def distance(t):
    return (t.parts.G.w.square() + t.parts.D.v.square()).sqrt().item()


def test_the_bilinear_game_by_hand():
    """v = (-d, g) for G at g and D at d; J^T v = (g, d), so that the penalty pulls straight to the equilibrium."""
    t = bilinear_trainer("simultaneous", [Consensus(weight=1.0)])
    t.descent.attend(D=True, G=True)
    with torch.no_grad():
        t.parts.G.w.fill_(0.7)
        t.parts.D.v.fill_(-1.3)
    penalty = t.parts.regularizers[0].d_penalty(t._turn("D", live=True))
    assert penalty.item() == pytest.approx((0.7**2 + 1.3**2) / 2)
    pulls = torch.autograd.grad(penalty, [t.parts.G.w, t.parts.D.v])
    assert [pull.item() for pull in pulls] == pytest.approx([0.7, -1.3])


def test_a_simultaneous_step_by_hand():
    t = bilinear_trainer("simultaneous", [Consensus(weight=2.0)])
    t.step()
    # w <- w - lr (-v + 2 w), v <- v - lr (w + 2 v), both from 1
    assert t.parts.G.w.item() == pytest.approx(1 - 0.1 * (-1 + 2))
    assert t.parts.D.v.item() == pytest.approx(1 - 0.1 * (1 + 2))


def test_it_converges_where_plain_simultaneous_descent_diverges():
    plain, consensus = (bilinear_trainer("simultaneous", terms) for terms in ([], [Consensus(weight=1.0)]))
    start = distance(plain)
    for _ in range(60):
        plain.step()
        consensus.step()
    # each step multiplies the distance by sqrt(1 + lr^2), or by sqrt((1 - lr)^2 + lr^2)
    assert distance(plain) == pytest.approx(start * 1.01**30, rel=1e-4)
    assert distance(consensus) == pytest.approx(start * 0.82**30, rel=1e-3)


def test_it_converges_in_alternating_turns_where_plain_descent_circles():
    plain, consensus = (bilinear_trainer("alternating", terms) for terms in ([], [Consensus(weight=1.0)]))
    start = distance(plain)
    for _ in range(60):
        plain.step()
        consensus.step()
    assert distance(plain) > 0.8 * start
    assert distance(consensus) < 0.01 * start


def nonlinear():
    """Players, a batch, and v as a function of both weights, written down by hand."""
    rng = torch.Generator().manual_seed(2)
    z = torch.randn(5, 1, dtype=torch.float64, generator=rng)
    real = torch.randn(5, 1, 4, 4, dtype=torch.float64, generator=rng)
    x = real.mean((1, 2, 3))

    def v(weights):
        g, d = weights
        fake = torch.sigmoid(d * g * z)
        g_slope = (-(1 - fake) * d * z).mean()
        d_slope = (-torch.sigmoid(-d * x) * x).mean() + (fake * g * z).mean()
        return torch.stack([g_slope, d_slope])

    return ScalarG(0.5).double(), ScalarD(2.0).double(), z, real, v


def test_the_gradient_is_the_jacobian_transposed_times_v():
    G, D, z, real, v = nonlinear()
    turn = dealt("D", G, D, real, z=z, loss=SoftLoss(), live=True)
    penalty = Consensus().d_penalty(turn)
    at = torch.stack([G.w, D.v]).detach()
    J = torch.autograd.functional.jacobian(v, at)
    assert penalty.item() == pytest.approx(0.5 * v(at).square().sum().item(), rel=1e-12)
    pulls = torch.stack(torch.autograd.grad(penalty, [G.w, D.v]))
    assert torch.allclose(pulls, J.T @ v(at), rtol=1e-10)
    # and v is what it is said to be
    loss = softplus(-at[1] * at[0] * z).mean()
    h = 1e-6
    above = softplus(-at[1] * (at[0] + h) * z).mean()
    assert ((above - loss) / h).item() == pytest.approx(v(at)[0].item(), rel=1e-4)


@pytest.mark.parametrize("player", ["D", "G"])
def test_in_alternating_turns_the_mover_has_its_part_of_the_same_gradient(player):
    G, D, z, real, v = nonlinear()
    (G if player == "D" else D).requires_grad_(False)
    turn = dealt(player, G, D, real, z=z, loss=SoftLoss())
    term = Consensus()
    penalty = term.d_penalty(turn) if player == "D" else term.g_penalty(turn)
    at = torch.stack([G.w, D.v]).detach()
    assert penalty.item() == pytest.approx(0.5 * v(at).square().sum().item(), rel=1e-12)
    penalty.backward()
    wanted = torch.autograd.functional.jacobian(v, at).T @ v(at)
    mine, other = (D.v, G.w) if player == "D" else (G.w, D.v)
    assert mine.grad.item() == pytest.approx(wanted[1 if player == "D" else 0].item(), rel=1e-10)
    assert other.grad is None


def test_both_players_descend_one_number_and_it_is_computed_once():
    t = conv_trainer({"order": "simultaneous"}, [term := Consensus()])
    t.descent.attend(D=True, G=True)
    d = t._turn("D", live=True)
    penalty = term.d_penalty(d)
    g = t._turn("G", d.seen(), live=True)
    assert term.g_penalty(g) is penalty
    again = term.g_penalty(g)  # on its own it is the same number
    assert again is not penalty
    assert again.item() == pytest.approx(penalty.item(), rel=1e-5)


class Counts(SoftLoss):
    """A loss with a state that it moves and uses."""

    def __init__(self):
        super().__init__()
        self.register_buffer("k", torch.ones(()))

    def d_loss(self, turn):
        self.k.mul_(1.5)
        return super().d_loss(turn) * self.k.clone()


@pytest.mark.parametrize("player", ["D", "G"])
def test_the_second_look_leaves_the_state_of_the_players_and_of_the_loss_alone(player):
    def stateful(parts):
        parts.loss = Counts()
        return parts

    t = conv_trainer(regularizers=[term := Consensus()], prepare=stateful)
    t.descent.attend(D=player == "D", G=player == "G")
    turn = t._turn(player)
    turn.on_real, turn.on_fake  # noqa: B018  as the loss does
    before = state(t)
    penalty = term.d_penalty(turn) if player == "D" else term.g_penalty(turn)
    penalty.backward()
    changed = [name for name in differences(before, state(t)) if name.startswith(("G.", "D.", "loss."))]
    assert changed == []


def test_what_a_part_froze_is_no_part_of_v():
    def frozen(parts):
        parts.G.net[0].requires_grad_(False)
        parts.regularizers[0].prepare(parts.G, parts.D)
        return parts

    free, held = (conv_trainer(regularizers=[Consensus()], prepare=prepare) for prepare in (lambda p: p, frozen))
    penalties = []
    for t in (free, held):
        torch.manual_seed(0)
        t.descent.attend(D=True, G=False)
        penalties.append(t.parts.regularizers[0].d_penalty(t._turn("D")).item())
    assert penalties[1] < penalties[0]


@pytest.mark.parametrize("schedule", [{}, {"share_fakes": True}, {"order": "simultaneous"}], ids=str)
@pytest.mark.parametrize("classes", [0, 3])
def test_survives_a_checkpoint_and_looks_at_no_value(tmp_path, schedule, classes):
    def fresh():
        return conv_trainer(schedule, [Consensus(weight=0.1, every=2)], classes=classes)

    goes_on_bit_for_bit(tmp_path, fresh)
    plays_without_a_look_at_values(fresh())


class Lifted(Regularizer):
    """Latents and a discriminator that were differentiated already, as by a look ahead."""

    def recast(self, turn):
        z = turn.z.detach().requires_grad_()
        (slope,) = torch.autograd.grad(turn.dealt_D(turn.G(z, None), None)["logits"].sum(), z, create_graph=True)
        return turn.replace(z=turn.z + slope)


@pytest.mark.parametrize("schedule", [{}, {"order": "simultaneous"}], ids=str)
def test_moved_latents_count_as_given(schedule):
    """v of latents that have a history would need third derivatives, which batch normalisation has not."""
    t = conv_trainer(schedule, [Lifted(), Consensus(weight=0.1)])
    losses = [t.step() for _ in range(2)]
    assert all(torch.isfinite(value) for step in losses for value in step.values())


@pytest.mark.parametrize("live", [False, True])
def test_another_discriminator_in_the_turn_is_no_player(live):
    G, D, z, real, v = nonlinear()
    D.requires_grad_(live)
    turn = dealt("G", G, D, real, z=z, loss=SoftLoss(), live=live).replace(D=ScalarD(9.0).double())
    at = torch.stack([G.w, D.v]).detach()
    assert Consensus().g_penalty(turn).item() == pytest.approx(0.5 * v(at).square().sum().item(), rel=1e-12)
