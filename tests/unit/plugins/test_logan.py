import pytest
import torch
from ganzoo_plugins.training_dynamics.latent_optimisation import LatentOptimisation
from resuming import goes_on_bit_for_bit, plays_without_a_look_at_values
from stand_in_turn import dealt
from tiny_players import MeanLoss, ScalarD, ScalarG, conv_trainer, scalar_trainer
from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator, Generator, Regularizer

SHARED = {"share_fakes": True}
AT_ONCE = {"order": "simultaneous"}


class LinearG(Generator):
    """Images ``A z``."""

    z_dim = 3

    def __init__(self):
        super().__init__()
        self.A = nn.Parameter(torch.randn(4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)))

    def forward(self, z, y=None):
        return (z @ self.A.T).view(-1, 1, 2, 2)


class LinearD(Discriminator):
    """Verdicts ``b . x``."""

    def __init__(self):
        super().__init__()
        self.b = nn.Parameter(torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64))

    def forward(self, x, y=None):
        return {"logits": x.flatten(1) @ self.b}


def latents(n=5, dim=3, seed=1):
    return torch.rand(n, dim, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def linear_turn(player="G", z=None, **given):
    z = latents() if z is None else z
    return dealt(player, LinearG(), LinearD(), torch.zeros(len(z), 1, 2, 2, dtype=torch.float64), z=z, **given)


def plain_everywhere(**given):
    return LatentOptimisation(**{"share": 1.0, "clip": False, **given})


@pytest.mark.parametrize("player", ["D", "G"])
def test_the_step_by_hand_for_a_linear_game(player):
    """D(G(z)) = b . A z has the slope A^T b everywhere."""
    turn = linear_turn(player)
    g = (turn.G.A.T @ turn.D.b).detach()
    for term, step in (
        (plain_everywhere(alpha=0.9, beta=5.0), 0.9 * g / (5.0 + g.square().sum())),
        (plain_everywhere(alpha=0.1, gradient="plain"), 0.1 * g),
    ):
        moved = term.recast(turn)
        assert torch.allclose(moved.z, latents() + step, rtol=1e-12)
        assert torch.allclose(moved.fake, turn.G(latents() + step), rtol=1e-12)
        assert torch.allclose(term.g_penalty(moved), step.square().sum(), rtol=1e-12)
        assert (moved.on_fake["logits"] > turn.on_fake["logits"]).all()  # uphill


@pytest.mark.parametrize("player", ["D", "G"])
def test_both_players_are_differentiated_through_the_step(player):
    """With logits v w z and u = v w: z' = z + alpha u / (beta + u^2), and what follows from it."""
    alpha, beta, w, v = 0.9, 5.0, 0.5, 2.0
    G, D = ScalarG(w).double(), ScalarD(v).double()
    (G if player == "D" else D).requires_grad_(False)
    z = latents(dim=1)
    turn = dealt(player, G, D, torch.zeros(5, 1, 4, 4, dtype=torch.float64), z=z)
    term = plain_everywhere(alpha=alpha, beta=beta)
    turn = term.recast(turn)
    u = v * w
    verdict = turn.on_fake["logits"].mean()
    assert verdict.item() == pytest.approx(u * z.mean().item() + alpha * u**2 / (beta + u**2), rel=1e-12)
    mine, other = (G.w, v) if player == "G" else (D.v, w)
    penalty = term.g_penalty(turn) if player == "G" else term.d_penalty(turn)
    (slope,) = torch.autograd.grad(verdict, mine, retain_graph=True)
    wanted = other * z.mean().item() + alpha * 2 * u * beta / (beta + u**2) ** 2 * other
    assert slope.item() == pytest.approx(wanted, rel=1e-12)
    (slope,) = torch.autograd.grad(penalty, mine)
    assert penalty.item() == pytest.approx((alpha * u / (beta + u**2)) ** 2, rel=1e-12)
    # d/du (u / (beta + u^2))^2 = 2 u (beta - u^2) / (beta + u^2)^3
    assert slope.item() == pytest.approx(alpha**2 * 2 * u * (beta - u**2) / (beta + u**2) ** 3 * other, rel=1e-12)


def test_coordinates_stay_in_the_prior():
    z = torch.tensor([[0.99, -0.99, 0.0], [2.0, -2.0, 1.5]], dtype=torch.float64)
    turn = linear_turn(z=z)
    term = LatentOptimisation(alpha=5.0, share=1.0, gradient="plain", clip=True)
    step = 5.0 * (turn.G.A.T @ turn.D.b).detach()
    moved = term.recast(turn).z.detach()
    inside = (z[0] + step).clamp(-1, 1)
    assert torch.allclose(moved[0], inside)
    assert not torch.equal(inside, z[0] + step)  # or the test would show nothing
    high, low = z[1].clamp(min=1), z[1].clamp(max=-1)
    assert torch.allclose(moved[1], torch.minimum(torch.maximum(z[1] + step, low), high))
    assert torch.allclose(term.g_penalty(turn).detach(), (moved - z).square().sum(1).mean())


def test_a_share_of_the_coordinates_moves():
    z = latents(4000)
    term = LatentOptimisation(share=0.8, clip=False)
    first = term.recast(linear_turn(z=z, rng=torch.Generator().manual_seed(3))).z
    again = term.recast(linear_turn(z=z, rng=torch.Generator().manual_seed(3))).z
    other = term.recast(linear_turn(z=z, rng=torch.Generator().manual_seed(4))).z
    whole = plain_everywhere().recast(linear_turn(z=z)).z
    moved = first != z
    assert torch.equal(first[moved], whole[moved])
    assert moved.double().mean(0) == pytest.approx([0.8] * 3, abs=4 * (0.16 / 4000) ** 0.5)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


class Sees(Regularizer):
    """Notes every turn that it is shown."""

    def __init__(self):
        super().__init__()
        self.turns = []

    def recast(self, turn):
        self.turns.append((turn.player, turn.z.detach().clone(), turn.fake.detach().clone()))
        return turn


@pytest.mark.parametrize("schedule", [{}, SHARED, AT_ONCE], ids=str)
def test_latents_move_once(schedule):
    """Where the generator plays on with the fakes of the discriminator's turn, their latents have moved already."""
    before, after = Sees(), Sees()
    t = scalar_trainer(schedule, [before, plain_everywhere(), after])
    v, w = t.parts.D.v.item(), t.parts.G.w.item()
    t.step()
    (_, z, _), (_, z_on, _) = before.turns
    (_, moved, fake), (player, moved_on, fake_on) = after.turns
    assert player == "G"
    assert torch.allclose(moved, z + 0.9 * v * w / (5 + (v * w) ** 2), rtol=1e-5)
    assert torch.allclose(fake[:, 0, 0, 0], w * moved[:, 0])
    if schedule:
        assert torch.equal(z_on, moved)
        assert torch.equal(moved_on, moved)
        assert torch.equal(fake_on, fake)
    else:
        v = t.parts.D.v.item()  # the discriminator that has moved
        assert torch.allclose(moved_on, z_on + 0.9 * v * w / (5 + (v * w) ** 2), rtol=1e-5)


def test_at_once_both_players_pay_for_the_same_step():
    t = scalar_trainer(AT_ONCE, [term := plain_everywhere()])
    t.descent.attend(D=True, G=True)
    d = t._turn("D", live=True)
    g = t._turn("G", d.seen(), live=True)
    assert term.d_penalty(d).item() == term.g_penalty(g).item() > 0
    assert g.z is d.z


def test_weight_and_loss_reach_the_players():
    """One step of a simultaneous game with G's loss -(mean verdict)^2, by hand."""
    t = scalar_trainer(AT_ONCE, [plain_everywhere(weight=2.0)], lr=0.1)
    rng = torch.Generator()
    rng.set_state(t.rng["noise"].get_state())
    z = torch.randn(4, 1, generator=rng)
    w, v = torch.tensor(0.5, requires_grad=True), torch.tensor(2.0, requires_grad=True)
    u = v * w
    step = 0.9 * u / (5 + u**2)
    verdict = (u * (z + step)).mean()
    real = t._deal("D")[0].mean()
    d_loss = verdict - v * real + 2.0 * step**2
    g_loss = -(verdict**2) + 2.0 * step**2
    (d_v,) = torch.autograd.grad(d_loss, v, retain_graph=True)
    (d_w,) = torch.autograd.grad(g_loss, w)
    t.step()
    assert t.parts.D.v.item() == pytest.approx(2.0 - 0.1 * d_v.item(), rel=1e-5)
    assert t.parts.G.w.item() == pytest.approx(0.5 - 0.1 * d_w.item(), rel=1e-5)
    assert isinstance(t.parts.loss, MeanLoss)


@pytest.mark.parametrize("schedule", [{}, SHARED, AT_ONCE], ids=str)
@pytest.mark.parametrize("classes", [0, 3])
def test_survives_a_checkpoint_and_looks_at_no_value(tmp_path, schedule, classes):
    def fresh():
        return conv_trainer(schedule, [LatentOptimisation()], classes=classes)

    goes_on_bit_for_bit(tmp_path, fresh)
    plays_without_a_look_at_values(fresh())


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"share": 1.5}, "share is 1.5, and must be a number of at most 1"),
        ({"share": -0.1}, "share is -0.1"),
        ({"gradient": "newton"}, "gradient is 'newton', and must be one of natural, plain"),
        ({"beta": 0}, "beta is 0, and a natural gradient"),
        ({"alpha": -1}, "alpha is -1"),
    ],
    ids=str,
)
def test_values_that_are_refused(values, message):
    with pytest.raises(RecipeError, match=message):
        LatentOptimisation(**values)
