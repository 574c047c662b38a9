import pytest
import torch
from ganzoo_plugins.losses.least_squares import LeastSquares
from ganzoo_plugins.moment_matching.output_matching import OutputMatching
from stand_in_turn import NoHostSync, Verdicts, dealt
from tiny_players import ScalarD, ScalarG


def drawn(n=7, seed=1):
    rng = torch.Generator().manual_seed(seed)
    return [torch.randn(n, dtype=torch.float64, generator=rng) for _ in range(2)]


def values(loss, real, fake):
    turn = Verdicts(torch.as_tensor(real, dtype=torch.float64), torch.as_tensor(fake, dtype=torch.float64))
    return loss.d_loss(turn).item(), loss.g_loss(turn).item()


@pytest.mark.parametrize(
    ("loss", "d_loss"),
    [
        # real 0.75 and 0.5, fake 0.25 and 0.5
        (OutputMatching(), (0.0625 + 0.25) / 4 + (0.0625 + 0.25) / 4),
        (OutputMatching(a=-1, b=0.5), (0.0625 + 0) / 4 + (1.5625 + 2.25) / 4),
    ],
)
def test_hand_computed(loss, d_loss):
    assert values(loss, [0.75, 0.5], [0.25, 0.5]) == pytest.approx((d_loss, 0.25 / 2), rel=1e-15)


def test_the_discriminator_is_that_of_least_squares():
    real, fake = drawn()
    assert values(OutputMatching(), real, fake)[0] == values(LeastSquares(), real, fake)[0]


def test_the_verdict_on_real_images_is_only_a_target():
    real, fake = (logits.requires_grad_() for logits in drawn())
    of_real, of_fake = torch.autograd.grad(
        OutputMatching().g_loss(Verdicts(real, fake)), (real, fake), allow_unused=True
    )
    assert of_real is None
    assert torch.allclose(of_fake, 2 * (fake - real) / 7, rtol=1e-14)


def test_the_expected_pull_is_towards_the_mean_verdict_on_real_images():
    real, fake = (logits.requires_grad_() for logits in drawn())
    pulls = [
        torch.autograd.grad(OutputMatching().g_loss(Verdicts(real.roll(k), fake)), fake)[0] for k in range(7)
    ]  # each fake against each real image once
    assert torch.allclose(torch.stack(pulls).mean(0), 2 * (fake - real.mean()) / 7, atol=1e-14)


def test_in_a_turn_where_both_move_at_once_the_generator_learns_through_its_fakes_alone():
    """Images w z, verdicts v times their mean: the loss is E[(v w z - v real)^2], and only w moves."""
    torch.manual_seed(0)
    G, D = ScalarG(0.5), ScalarD(2.0)
    real, z = torch.randn(6, 1, 4, 4), torch.randn(6, 1)
    turn = dealt("G", G, D, real, z=z, live=True)
    total = OutputMatching().g_loss(turn)
    (w,) = torch.autograd.grad(total, G.w, retain_graph=True)
    gap = 2.0 * 0.5 * z.squeeze(1) - 2.0 * real.mean((1, 2, 3))
    assert total.item() == pytest.approx(gap.square().mean().item(), rel=1e-5)
    assert w.item() == pytest.approx((2 * gap * 2.0 * z.squeeze(1)).mean().item(), rel=1e-5)
    (v,) = torch.autograd.grad(total, D.v)  # through the fakes only: real is a target
    assert v.item() == pytest.approx((2 * gap * 0.5 * z.squeeze(1)).mean().item(), rel=1e-5)


def test_gradients():
    real, fake = (logits.requires_grad_() for logits in drawn())
    loss = OutputMatching(a=0.1, b=0.9)
    assert torch.autograd.gradcheck(lambda r, f: loss.d_loss(Verdicts(r, f)), (real, fake))
    assert torch.autograd.gradcheck(lambda f: loss.g_loss(Verdicts(real.detach(), f)), (fake,))


def test_losses_are_scalars_without_a_look_at_values():
    loss, turn = OutputMatching(), Verdicts(torch.randn(5), torch.randn(5))
    with NoHostSync():
        d, g = loss.d_loss(turn), loss.g_loss(turn)
    assert d.shape == g.shape == ()
    assert loss.reads == {"logits"}


@pytest.mark.parametrize("size", [-1e4, 1e4])
def test_no_logit_is_too_large(size):
    real, fake = torch.tensor([size, 0.0], requires_grad=True), torch.tensor([-size, 1.0], requires_grad=True)
    for total in (OutputMatching().d_loss(Verdicts(real, fake)), OutputMatching().g_loss(Verdicts(real, fake))):
        assert torch.isfinite(total)
        assert all(torch.isfinite(g).all() for g in torch.autograd.grad(total, fake))
