import math

import pytest
import torch
from ganzoo_plugins.losses.softmax import SoftmaxGAN
from stand_in_turn import NoHostSync, Verdicts
from torch.nn.functional import cross_entropy


def drawn(n=7, seed=1):
    rng = torch.Generator().manual_seed(seed)
    return [torch.randn(n, dtype=torch.float64, generator=rng) * 2 for _ in range(2)]


def values(real, fake):
    turn = Verdicts(torch.as_tensor(real, dtype=torch.float64), torch.as_tensor(fake, dtype=torch.float64))
    return SoftmaxGAN().d_loss(turn).item(), SoftmaxGAN().g_loss(turn).item()


def test_hand_computed():
    """e^logit is 1 and 2 for real, 3 and 4 for fake images: shares of 0.1, 0.2, 0.3 and 0.4."""
    logits = [math.log(n) for n in (1, 2, 3, 4)]
    d = -(math.log(0.1) + math.log(0.2)) / 2
    g = -sum(math.log(share) for share in (0.1, 0.2, 0.3, 0.4)) / 4
    assert values(logits[:2], logits[2:]) == pytest.approx((d, g), rel=1e-15)


def test_it_is_cross_entropy_with_the_papers_targets():
    real, fake = drawn()
    logits = torch.cat([real, fake])[None]
    zeros = torch.zeros(7, dtype=torch.float64)
    d = cross_entropy(logits, torch.cat([zeros + 1 / 7, zeros])[None])
    g = cross_entropy(logits, torch.cat([zeros, zeros])[None] + 1 / 14)
    assert values(real, fake) == pytest.approx((d.item(), g.item()), rel=1e-13)


def test_least_values():
    """The discriminator's is log B, with all mass spread over real; the generator's log 2B, with all alike."""
    assert values([50.0] * 4, [-50.0] * 4)[0] == pytest.approx(math.log(4), rel=1e-14)
    assert values([0.3] * 4, [0.3] * 4)[1] == pytest.approx(math.log(8), rel=1e-14)
    for seed in range(5):
        d, g = values(*drawn(4, seed))
        assert d > math.log(4)
        assert g > math.log(8)


def test_the_gradient_is_the_softmax_less_the_target():
    real, fake = (logits.requires_grad_() for logits in drawn())
    shares = torch.cat([real, fake]).softmax(0)
    for total, target in (
        (SoftmaxGAN().d_loss(Verdicts(real, fake)), torch.tensor([1 / 7] * 7 + [0.0] * 7)),
        (SoftmaxGAN().g_loss(Verdicts(real, fake)), torch.tensor([1 / 14] * 14)),
    ):
        gradient = torch.cat(torch.autograd.grad(total, (real, fake)))
        assert torch.allclose(gradient, (shares - target).to(gradient), atol=1e-8)


def test_the_generator_has_no_wish_left_where_the_discriminator_cannot_tell():
    fake = torch.full((4,), 0.7, dtype=torch.float64, requires_grad=True)
    total = SoftmaxGAN().g_loss(Verdicts(fake.detach().clone(), fake))
    (gradient,) = torch.autograd.grad(total, fake)
    assert gradient.abs().max() < 1e-15
    low = torch.full((4,), -0.7, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(SoftmaxGAN().g_loss(Verdicts(-low.detach(), low)), low)
    assert (gradient < -0.05).all()  # fakes that are judged lower want to be judged higher


def test_a_number_added_to_all_logits_changes_nothing():
    real, fake = drawn()
    assert values(real + 3.7, fake + 3.7) == pytest.approx(values(real, fake), rel=1e-13)
    assert values(real + 3.7, fake) != pytest.approx(values(real, fake), rel=1e-3)


def test_gradients():
    real, fake = (logits.requires_grad_() for logits in drawn())
    loss = SoftmaxGAN()
    assert torch.autograd.gradcheck(lambda r, f: loss.d_loss(Verdicts(r, f)), (real, fake))
    assert torch.autograd.gradcheck(lambda r, f: loss.g_loss(Verdicts(r, f)), (real, fake))


@pytest.mark.parametrize("size", [-1e4, 1e4])
def test_no_logit_is_too_large(size):
    real, fake = torch.tensor([size, 0.0], requires_grad=True), torch.tensor([-size, 1.0], requires_grad=True)
    for total in (SoftmaxGAN().d_loss(Verdicts(real, fake)), SoftmaxGAN().g_loss(Verdicts(real, fake))):
        assert torch.isfinite(total)
        for gradient in torch.autograd.grad(total, (real, fake)):
            assert torch.isfinite(gradient).all()


def test_losses_are_scalars_without_a_look_at_values():
    loss, turn = SoftmaxGAN(), Verdicts(torch.randn(5), torch.randn(5))
    with NoHostSync():
        d, g = loss.d_loss(turn), loss.g_loss(turn)
    assert d.shape == g.shape == ()
    assert loss.reads == {"logits"}


def test_each_place_has_a_softmax_of_its_own():
    """Two places, of which the second has logits twice as large: the mean of what either gives alone."""
    real, fake = drawn()
    places = [values(real, fake), values(2 * real, 2 * fake)]
    both = values(torch.stack([real, 2 * real], dim=1)[:, :, None], torch.stack([fake, 2 * fake], dim=1)[:, :, None])
    assert both == pytest.approx([(a + b) / 2 for a, b in zip(*places, strict=True)], rel=1e-13)
