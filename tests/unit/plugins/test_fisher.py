import pytest
import torch
from ganzoo_plugins.kernel_losses.fisher import Fisher
from stand_in_turn import NoHostSync, dealt

from ganzoo.errors import RecipeError

NO_IMAGES = torch.zeros(1)
# Two distributions on five points, as counts: what real and fake batches consist of.
P, Q = [4, 3, 2, 1, 0], [1, 1, 2, 2, 2]


def verdicts(real, fake, player="D"):
    turn = dealt(player, None, None, NO_IMAGES)
    return turn.replace(on_real={"logits": real}, on_fake={"logits": fake})


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def sampled(counts):
    return torch.repeat_interleave(torch.arange(5), torch.tensor(counts))


def frequencies(counts):
    return torch.tensor(counts, dtype=torch.float64) / sum(counts)


def fisher_distance():
    """The root of the chi-squared distance of either from their mean, in closed form (arXiv:1705.09675, theorem 1)."""
    p, q = frequencies(P), frequencies(Q)
    return ((p - q).square() / ((p + q) / 2)).sum().sqrt()


def optimal_critic():
    p, q = frequencies(P), frequencies(Q)
    return (p - q) / ((p + q) / 2) / fisher_distance()


def on(critic):
    return verdicts(critic[sampled(P)], critic[sampled(Q)])


# -- values and the multiplier -------------------------------------------------------------------------------


def test_hand_computed():
    loss = Fisher(rho=0.1).double()
    loss.multiplier.fill_(2.0)
    turn = verdicts(numbers(2.0, 1.0), numbers(0.5, -3.0))
    # means 1.5 and -1.25; Omega = (2.5 + 4.625) / 2 = 3.5625
    assert loss.d_loss(turn).item() == pytest.approx(-(2.75 + 2 * (1 - 3.5625) - 0.05 * 2.5625**2), rel=1e-14)
    assert loss.multiplier.item() == pytest.approx(2 + 0.1 * 2.5625, rel=1e-14)
    assert loss.g_loss(turn).item() == 1.25


def test_the_multiplier_step_by_step():
    draw, loss, multiplier = torch.Generator().manual_seed(0), Fisher(rho=0.3).double(), 0.0
    for i in range(10):
        scale = 2.0 if i < 5 else 0.3  # too large, then too small
        real, fake = (torch.randn(6, dtype=torch.float64, generator=draw) * scale for _ in range(2))
        omega = (sum(x * x for x in real.tolist()) / 6 + sum(x * x for x in fake.tolist()) / 6) / 2
        ipm = sum(real.tolist()) / 6 - sum(fake.tolist()) / 6
        wanted = -(ipm + multiplier * (1 - omega) - 0.15 * (omega - 1) ** 2)
        before = multiplier
        assert loss.d_loss(verdicts(real, fake)).item() == pytest.approx(wanted, rel=1e-12)
        multiplier -= 0.3 * (1 - omega)  # descends the Lagrangian, whose slope in lambda is 1 - Omega
        assert loss.multiplier.item() == pytest.approx(multiplier, rel=1e-12)
        assert (multiplier > before) == (omega > 1)


def test_the_gradient_is_that_of_the_multiplier_before_the_turn():
    loss = Fisher(rho=0.5).double()
    loss.multiplier.fill_(3.0)
    real, fake = numbers(2.0, 1.0), numbers(0.5, -3.0)
    total = loss.d_loss(verdicts(real, fake))
    assert loss.multiplier.item() != 3.0
    d_real, d_fake = torch.autograd.grad(total, (real, fake))
    # d Omega / d f = f / 2; the factor is lambda + rho (Omega - 1)
    factor = 3 + 0.5 * 2.5625
    assert torch.allclose(d_real, -0.5 + factor * real.detach() / 2)
    assert torch.allclose(d_fake, 0.5 + factor * fake.detach() / 2)


def test_gradients():
    draw = torch.Generator().manual_seed(1)
    real, fake = (torch.randn(5, dtype=torch.float64, generator=draw).requires_grad_() for _ in range(2))
    loss = Fisher(rho=0.2).double()
    loss.multiplier.fill_(0.7)
    assert torch.autograd.gradcheck(lambda r, f: loss.d_loss(verdicts(r, f, "G")), (real, fake))
    assert torch.autograd.gradcheck(lambda f: loss.g_loss(verdicts(real, f, "G")), (fake,))


def test_the_generators_turn_leaves_the_multiplier_alone():
    loss = Fisher(rho=0.1)
    turn = verdicts(torch.full((3,), 5.0), torch.zeros(3), player="G")
    loss.g_loss(turn)
    loss.d_loss(turn)  # as a term that looks ahead does
    assert loss.multiplier.item() == 0


def test_state_lives_in_a_buffer_and_no_value_goes_to_the_host():
    loss = Fisher()
    assert loss.state_dict().keys() == {"multiplier"}
    assert loss.rho == 1e-6
    with NoHostSync():
        assert loss.d_loss(verdicts(torch.randn(4), torch.randn(4))).shape == ()


@pytest.mark.parametrize("rho", [0.0, -1e-6])
def test_unfit_rho_is_refused(rho):
    with pytest.raises(RecipeError, match=r"^rho is .*, and must be a number above 0$"):
        Fisher(rho=rho)


# -- the distance on a finite space --------------------------------------------------------------------------


def test_at_the_optimal_critic_the_value_is_the_chi_squared_distance():
    loss = Fisher(rho=0.1).double()
    loss.multiplier.fill_(0.4)
    assert -loss.d_loss(on(optimal_critic())).item() == pytest.approx(fisher_distance().item(), rel=1e-12)
    assert loss.multiplier.item() == pytest.approx(0.4, rel=1e-12)  # Omega is 1 there


def test_the_optimal_critic_is_a_saddle_of_the_lagrangian():
    """Its slope is 0 at the multiplier of half the distance; no other feasible critic has more."""
    loss = Fisher(rho=0.1).double()
    loss.multiplier.copy_(fisher_distance() / 2)
    critic = optimal_critic().requires_grad_()
    (slope,) = torch.autograd.grad(loss.d_loss(on(critic)), critic)
    assert slope.abs().max() < 1e-12
    p, q, draw = frequencies(P), frequencies(Q), torch.Generator().manual_seed(2)
    for _ in range(50):
        other = torch.randn(5, dtype=torch.float64, generator=draw)
        other = other / (((p + q) / 2) * other.square()).sum().sqrt()
        assert -loss.d_loss(on(other)).item() < fisher_distance().item()


def test_ascent_finds_the_distance_and_the_constraint():
    loss, critic = Fisher(rho=0.2).double(), torch.zeros(5, dtype=torch.float64, requires_grad=True)
    for _ in range(400):
        (slope,) = torch.autograd.grad(loss.d_loss(on(critic)), critic)
        with torch.no_grad():
            critic -= 0.5 * slope
    assert torch.allclose(critic.detach(), optimal_critic(), atol=1e-4)
    assert loss.multiplier.item() == pytest.approx(fisher_distance().item() / 2, abs=1e-4)
