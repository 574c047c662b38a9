import math

import pytest
import torch
from ganzoo_plugins.losses.relativistic_average import RelativisticAverage
from ganzoo_plugins.losses.relativistic_pairing import RelativisticPairing
from stand_in_turn import NoHostSync, Verdicts

from ganzoo.errors import RecipeError

CLASSES = [RelativisticPairing, RelativisticAverage]
FS = ["logistic", "least-squares", "hinge"]
LOSSES = [(cls, f) for cls in CLASSES for f in FS]


def values(loss, real, fake):
    turn = Verdicts(torch.as_tensor(real, dtype=torch.float64), torch.as_tensor(fake, dtype=torch.float64))
    return loss.d_loss(turn).item(), loss.g_loss(turn).item()


def drawn(n=7, seed=1):
    rng = torch.Generator().manual_seed(seed)
    return [torch.randn(n, dtype=torch.float64, generator=rng) * 2 for _ in range(2)]


def minus_log_sigmoid(t):
    return math.log(1 + math.exp(-t))


# real logits 2 and -1, of mean 0.5; fake logits 0.5 and -3, of mean -1.25
@pytest.mark.parametrize(
    ("loss", "d_loss", "g_loss"),
    [
        # margins of the pairs: 1.5 and 2
        (RelativisticPairing("least-squares"), (0.5**2 + 1**2) / 2, (2.5**2 + 3**2) / 2),  # 0.625, 7.625
        (RelativisticPairing("hinge"), (0 + 0) / 2, (2.5 + 3) / 2),
        (
            RelativisticPairing("logistic"),
            (minus_log_sigmoid(1.5) + minus_log_sigmoid(2)) / 2,
            (minus_log_sigmoid(-1.5) + minus_log_sigmoid(-2)) / 2,
        ),
        # margins of real over the mean fake: 3.25 and 0.25; of the mean real over fake: 0 and 3.5
        (
            RelativisticAverage("least-squares"),
            (2.25**2 + 0.75**2) / 2 + (1 + 2.5**2) / 2,  # 6.4375
            (4.25**2 + 1.25**2) / 2 + (1 + 4.5**2) / 2,  # 20.4375
        ),
        (RelativisticAverage("hinge"), (0 + 0.75) / 2 + (1 + 0) / 2, (4.25 + 1.25) / 2 + (1 + 4.5) / 2),  # 0.875, 5.5
        (
            RelativisticAverage("logistic"),
            sum(map(minus_log_sigmoid, (3.25, 0.25, 0, 3.5))) / 2,
            sum(map(minus_log_sigmoid, (-3.25, -0.25, 0, -3.5))) / 2,
        ),
    ],
)
def test_hand_computed(loss, d_loss, g_loss):
    assert values(loss, [2.0, -1.0], [0.5, -3.0]) == pytest.approx((d_loss, g_loss), rel=1e-15)


def test_rasgan_is_cross_entropy_of_the_papers_relativistic_probabilities():
    """-E[log S(real)] - E[log(1 - S(fake))], with S the sigmoid of the distance to the other kind's mean."""
    real, fake = drawn()
    on_real, on_fake = torch.sigmoid(real - fake.mean()), torch.sigmoid(fake - real.mean())
    wanted_d = -on_real.log().mean() - (1 - on_fake).log().mean()
    wanted_g = -on_fake.log().mean() - (1 - on_real).log().mean()
    assert values(RelativisticAverage(), real, fake) == pytest.approx((wanted_d.item(), wanted_g.item()), rel=1e-13)


def test_the_generator_of_pairs_loses_what_the_discriminator_of_pairs_wins():
    """-log S(t) and -log S(-t) differ by t: the players' losses differ by the mean margin (R3GAN's min-max form)."""
    real, fake = drawn()
    d, g = values(RelativisticPairing("logistic"), real, fake)
    assert g - d == pytest.approx((real - fake).mean().item(), rel=1e-13)
    # for least squares (t + 1)^2 - (t - 1)^2 = 4t
    d, g = values(RelativisticPairing("least-squares"), real, fake)
    assert g - d == pytest.approx(4 * (real - fake).mean().item(), rel=1e-13)


@pytest.mark.parametrize(("cls", "f"), LOSSES)
def test_one_players_loss_is_the_others_with_real_and_fake_swapped(cls, f):
    real, fake = drawn()
    assert values(cls(f), real, fake) == values(cls(f), fake, real)[::-1]


@pytest.mark.parametrize(("cls", "f"), LOSSES)
def test_a_number_added_to_all_logits_changes_nothing(cls, f):
    real, fake = drawn()
    assert values(cls(f), real + 3.7, fake + 3.7) == pytest.approx(values(cls(f), real, fake), rel=1e-13)
    assert values(cls(f), real + 3.7, fake) != pytest.approx(values(cls(f), real, fake), rel=1e-3)


@pytest.mark.parametrize(("cls", "f"), LOSSES)
def test_so_the_gradients_of_all_logits_sum_to_zero(cls, f):
    real, fake = (logits.requires_grad_() for logits in drawn())
    loss, turn = cls(f), Verdicts(real, fake)
    for total in (loss.d_loss(turn), loss.g_loss(turn)):
        a, b = torch.autograd.grad(total, (real, fake))
        assert (a.sum() + b.sum()).item() == pytest.approx(0, abs=1e-14)
        assert a.abs().sum() > 0.1


@pytest.mark.parametrize("f", FS)
def test_where_all_of_a_kind_are_judged_alike_the_average_is_twice_the_pairing(f):
    real, fake = torch.full((5,), 0.8), torch.full((5,), -0.3)
    average, pairing = values(RelativisticAverage(f), real, fake), values(RelativisticPairing(f), real, fake)
    assert average == pytest.approx([2 * value for value in pairing], rel=1e-14)
    # so it is for a batch of one, whatever it holds
    assert values(RelativisticAverage(f), [1.3], [-2.1]) == pytest.approx(
        [2 * value for value in values(RelativisticPairing(f), [1.3], [-2.1])], rel=1e-14
    )
    real, fake = drawn()
    assert values(RelativisticAverage(f), real, fake)[0] != pytest.approx(
        2 * values(RelativisticPairing(f), real, fake)[0], rel=1e-3
    )


@pytest.mark.parametrize("f", FS)
def test_only_the_pairing_depends_on_who_is_paired_with_whom(f):
    real, fake = drawn()
    turned = fake.roll(1)
    assert values(RelativisticAverage(f), real, turned) == pytest.approx(values(RelativisticAverage(f), real, fake))
    assert values(RelativisticPairing(f), real, turned) != pytest.approx(
        values(RelativisticPairing(f), real, fake), rel=1e-3
    )


@pytest.mark.parametrize(("cls", "f"), LOSSES)
def test_gradients(cls, f):
    real, fake = (logits.requires_grad_() for logits in drawn())
    loss = cls(f)
    assert torch.autograd.gradcheck(lambda r, k: loss.d_loss(Verdicts(r, k)), (real, fake))
    assert torch.autograd.gradcheck(lambda r, k: loss.g_loss(Verdicts(r, k)), (real, fake))


@pytest.mark.parametrize(("cls", "f"), LOSSES)
def test_each_player_is_pulled_the_right_way(cls, f):
    real, fake = (torch.zeros(4, requires_grad=True) for _ in range(2))
    d_real, d_fake = torch.autograd.grad(cls(f).d_loss(Verdicts(real, fake)), (real, fake))
    (g_fake,) = torch.autograd.grad(cls(f).g_loss(Verdicts(real, fake)), fake)
    assert (d_real < 0).all()
    assert (d_fake > 0).all()
    assert (g_fake < 0).all()


@pytest.mark.parametrize(("cls", "f"), LOSSES)
@pytest.mark.parametrize("size", [-1e4, 1e4])
def test_no_logit_is_too_large(cls, f, size):
    real, fake = torch.tensor([size, 0.0], requires_grad=True), torch.tensor([-size, 1.0], requires_grad=True)
    turn = Verdicts(real, fake)
    for total in (cls(f).d_loss(turn), cls(f).g_loss(turn)):
        assert torch.isfinite(total)
        for gradient in torch.autograd.grad(total, (real, fake)):
            assert torch.isfinite(gradient).all()


@pytest.mark.parametrize(("cls", "f"), LOSSES)
def test_losses_are_scalars_without_a_look_at_values(cls, f):
    loss, turn = cls(f), Verdicts(torch.randn(5), torch.randn(5))
    with NoHostSync():
        d, g = loss.d_loss(turn), loss.g_loss(turn)
    assert d.shape == g.shape == ()
    assert loss.reads == {"logits"}


@pytest.mark.parametrize("cls", CLASSES)
def test_another_f_is_refused(cls):
    with pytest.raises(RecipeError, match="f is 'ipm', and must be one of logistic, least-squares, hinge"):
        cls(f="ipm")
