import math

import pytest
import torch
from ganzoo_plugins.losses.boundary_seeking import BoundarySeeking
from ganzoo_plugins.losses.cross_entropy import NonSaturating
from stand_in_turn import NoHostSync, Verdicts


def drawn(n=7, seed=1):
    rng = torch.Generator().manual_seed(seed)
    return [torch.randn(n, dtype=torch.float64, generator=rng) * 2 for _ in range(2)]


def values(loss, real, fake):
    turn = Verdicts(torch.as_tensor(real, dtype=torch.float64), torch.as_tensor(fake, dtype=torch.float64))
    return loss.d_loss(turn).item(), loss.g_loss(turn).item()


def test_hand_computed():
    """D(real) is 3/4 and 1/2, D(fake) 1/4 and 1/2."""
    d = -(math.log(3 / 4) + math.log(1 / 2)) / 2 - (math.log(3 / 4) + math.log(1 / 2)) / 2
    g = ((math.log(1 / 4) - math.log(3 / 4)) ** 2 / 2 + 0) / 2
    assert values(BoundarySeeking(), [math.log(3), 0.0], [-math.log(3), 0.0]) == pytest.approx((d, g), rel=1e-14)


def test_the_generators_loss_is_that_of_the_papers_logarithms():
    real, fake = drawn()
    d = torch.sigmoid(fake)
    wanted = 0.5 * (d.log() - (1 - d).log()).square().mean()
    assert values(BoundarySeeking(), real, fake)[1] == pytest.approx(wanted.item(), rel=1e-13)


def test_the_discriminator_is_that_of_the_first_paper():
    real, fake = drawn()
    assert values(BoundarySeeking(), real, fake)[0] == values(NonSaturating(), real, fake)[0]


def test_the_generator_seeks_the_boundary_from_both_sides():
    fake = torch.tensor([-2.0, 0.0, 3.0], dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(BoundarySeeking().g_loss(Verdicts(fake, fake)), fake)
    assert gradient.tolist() == pytest.approx([-2 / 3, 0, 1], rel=1e-15)


def test_at_the_best_discriminator_the_loss_is_the_mean_square_of_the_log_ratio():
    """D = p / (p + q) has the logit log(p / q): for two Gaussians of variance 1 at 0 and m it is m^2 / 2 - m x.

    Under q the variance of that is m^2 and its mean -m^2 / 2, so the loss is (m^2 + m^4 / 4) / 2.
    """
    m, n = 0.8, 20_001
    quantiles = torch.special.ndtri((torch.arange(n, dtype=torch.float64) + 0.5) / n)
    logits = m**2 / 2 - m * (m + quantiles)
    _, g = values(BoundarySeeking(), logits, logits)
    assert g == pytest.approx((m**2 + m**4 / 4) / 2, rel=1e-3)


def test_gradients():
    real, fake = (logits.requires_grad_() for logits in drawn())
    loss = BoundarySeeking()
    assert torch.autograd.gradcheck(lambda r, f: loss.d_loss(Verdicts(r, f)), (real, fake))
    assert torch.autograd.gradcheck(lambda f: loss.g_loss(Verdicts(real.detach(), f)), (fake,))


@pytest.mark.parametrize("size", [-1e4, 1e4])
def test_no_logit_is_too_large(size):
    real, fake = torch.tensor([size, 0.0], requires_grad=True), torch.tensor([-size, 1.0], requires_grad=True)
    d, g = BoundarySeeking().d_loss(Verdicts(real, fake)), BoundarySeeking().g_loss(Verdicts(real, fake))
    assert torch.isfinite(d)
    assert torch.isfinite(g)
    for gradient in (*torch.autograd.grad(d, (real, fake)), *torch.autograd.grad(g, fake)):
        assert torch.isfinite(gradient).all()


def test_losses_are_scalars_without_a_look_at_values():
    loss, turn = BoundarySeeking(), Verdicts(torch.randn(5), torch.randn(5))
    with NoHostSync():
        d, g = loss.d_loss(turn), loss.g_loss(turn)
    assert d.shape == g.shape == ()
    assert loss.reads == {"logits"}
