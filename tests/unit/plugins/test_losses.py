import math

import pytest
import torch
from ganzoo_plugins.losses.cross_entropy import Minimax, NonSaturating
from ganzoo_plugins.losses.hinge import Hinge
from ganzoo_plugins.losses.least_squares import LeastSquares
from ganzoo_plugins.losses.wasserstein import Wasserstein
from stand_in_turn import NoHostSync, Verdicts

LOSSES = [NonSaturating, Minimax, LeastSquares, Hinge, Wasserstein]


def values(loss, real, fake):
    turn = Verdicts(torch.tensor(real, dtype=torch.float64), torch.tensor(fake, dtype=torch.float64))
    return loss.d_loss(turn).item(), loss.g_loss(turn).item()


@pytest.mark.parametrize(
    ("loss", "d_loss", "g_loss"),
    [
        # real logits 2 and -1, fake logits 0.5 and -3
        (Wasserstein(), (0.5 - 3) / 2 - (2 - 1) / 2, (3 - 0.5) / 2),  # -1.75, 1.25
        (Hinge(), (0 + 2) / 2 + (1.5 + 0) / 2, 1.25),  # 1.75
        (LeastSquares(), (1 + 4) / 4 + (0.25 + 9) / 4, (0.25 + 16) / 4),  # 3.5625, 4.0625
        (LeastSquares(a=-1, b=1, c=0), (1 + 4) / 4 + (2.25 + 4) / 4, (0.25 + 9) / 4),  # 2.8125, 2.3125
    ],
)
def test_hand_computed(loss, d_loss, g_loss):
    assert values(loss, [2.0, -1.0], [0.5, -3.0]) == pytest.approx((d_loss, g_loss), rel=1e-15)


def sigmoid(logit):
    return 1 / (1 + math.exp(-logit))


@pytest.mark.parametrize("loss", [NonSaturating(), Minimax()])
def test_cross_entropy_is_that_of_probabilities(loss):
    real, fake = [2.0, -1.0, 0.3], [0.5, -3.0, 1.7]
    d, g = values(loss, real, fake)
    assert d == pytest.approx(
        -sum(math.log(sigmoid(x)) for x in real) / 3 - sum(math.log(1 - sigmoid(x)) for x in fake) / 3, rel=1e-14
    )
    wanted = {
        NonSaturating: -sum(math.log(sigmoid(x)) for x in fake) / 3,
        Minimax: sum(math.log(1 - sigmoid(x)) for x in fake) / 3,
    }[type(loss)]
    assert g == pytest.approx(wanted, rel=1e-14)


def test_at_the_equilibrium_of_the_first_paper():
    """Where D says 1/2 of everything, its loss is log 4 (arXiv:1406.2661, theorem 1)."""
    assert values(NonSaturating(), [0.0], [0.0]) == pytest.approx((math.log(4), math.log(2)), rel=1e-15)
    assert values(Minimax(), [0.0], [0.0]) == pytest.approx((math.log(4), -math.log(2)), rel=1e-15)


@pytest.mark.parametrize("logit", [-1e4, -200.0, 200.0, 1e4])
def test_no_logit_is_too_large(logit):
    for loss in (NonSaturating(), Minimax()):
        real = torch.tensor([logit], requires_grad=True)
        fake = torch.tensor([logit], requires_grad=True)
        turn = Verdicts(real, fake)
        d, g = loss.d_loss(turn), loss.g_loss(turn)
        (d + g).backward()
        assert d.item() == abs(logit)  # the wrong one of the two costs |l|, the right one nothing
        assert torch.isfinite(g)
        assert torch.isfinite(real.grad).all()
        assert torch.isfinite(fake.grad).all()


def test_where_d_is_sure_minimax_saturates_and_the_other_does_not():
    slopes = []
    for loss in (Minimax(), NonSaturating()):
        fake = torch.tensor([-20.0], dtype=torch.float64, requires_grad=True)
        loss.g_loss(Verdicts(fake, fake)).backward()
        slopes.append(fake.grad.item())
    assert slopes == pytest.approx([-sigmoid(-20), -sigmoid(20)], rel=1e-12)


@pytest.mark.parametrize("cls", LOSSES)
def test_gradients(cls):
    draw = torch.Generator().manual_seed(1)
    real, fake = (torch.randn(7, dtype=torch.float64, generator=draw).mul_(2).requires_grad_() for _ in range(2))
    loss = cls()
    assert torch.autograd.gradcheck(lambda r, f: loss.d_loss(Verdicts(r, f)), (real, fake))
    assert torch.autograd.gradcheck(lambda f: loss.g_loss(Verdicts(real.detach(), f)), (fake,))


@pytest.mark.parametrize("cls", LOSSES)
def test_each_player_is_pulled_the_right_way(cls):
    """D raises what it says of real and lowers what it says of fake; G raises what is said of fake."""
    real, fake = (torch.zeros(4, requires_grad=True) for _ in range(2))
    loss = cls()
    d_real, d_fake = torch.autograd.grad(loss.d_loss(Verdicts(real, fake)), (real, fake), allow_unused=True)
    (g_fake,) = torch.autograd.grad(loss.g_loss(Verdicts(real, fake)), fake)
    assert (d_real < 0).all()
    assert (g_fake < 0).all()
    if cls is LeastSquares:  # its target for fake is 0, which is where they are
        (d_fake,) = torch.autograd.grad(loss.d_loss(Verdicts(real, fake + 0.1)), fake)
    assert (d_fake > 0).all()


@pytest.mark.parametrize("cls", LOSSES)
def test_losses_are_scalars_without_a_look_at_values(cls):
    loss, turn = cls(), Verdicts(torch.randn(5), torch.randn(5))
    with NoHostSync():
        d, g = loss.d_loss(turn), loss.g_loss(turn)
    assert d.shape == g.shape == ()
    assert loss.reads == {"logits"}
