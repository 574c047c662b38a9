"""CR, bCR and zCR: what T does, what linear critics pay, and who is pulled where."""

import math

import numpy as np
import pytest
import torch
from ganzoo_plugins.consistency.balanced import BalancedConsistency
from ganzoo_plugins.consistency.consistency import Consistency
from ganzoo_plugins.consistency.latent import LatentConsistency
from ganzoo_plugins.gradient_penalties.one_centred import GradientPenalty
from stand_in_turn import Constant, Formula, NoHostSync, dealt
from tiny_players import ScalarD, ScalarG, conv_trainer

from ganzoo.errors import RecipeError
from ganzoo.layers import Jitter


def images(n=6, *, channels=1, size=4, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(n, channels, size, size, dtype=torch.float64, generator=rng)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


# -- T ---------------------------------------------------------------------------------------------------------


def moved(x, mirrored, down, right, most):
    """Images mirrored and moved, by slices of a padded copy."""
    x = x[:, :, :, ::-1] if mirrored else x
    size = x.shape[-1]
    padded = np.pad(x, ((0, 0), (0, 0), (most, most), (most, most)), mode="reflect")
    return padded[:, :, most - down : most - down + size, most - right : most - right + size]


@pytest.mark.parametrize(("flip", "shift", "size", "most"), [
    (True, 4, 8, 1), (False, 8, 8, 2), (True, 4, 28, 4), (True, 4, 32, 4), (True, 0, 8, 0), (False, 1, 8, 1),
])  # fmt: skip
def test_every_image_is_one_of_its_mirrored_and_moved_selves_and_each_as_often(flip, shift, size, most):
    n = 500
    x = images(n, channels=2, size=size)
    jitter = Jitter(flip=flip, shift=shift)
    assert jitter.pixels(size) == most
    with NoHostSync():
        out = jitter(x, rng())
    steps = range(-most, most + 1)
    ways = [(m, d, r) for m in ((False, True) if flip else (False,)) for d in steps for r in steps]
    counts = {way: (out.numpy() == moved(x.numpy(), *way, most)).all((1, 2, 3)).sum() for way in ways}
    assert sum(counts.values()) == n
    for part, values in enumerate(zip(*ways, strict=True)):
        for value in set(values):
            share = sum(count for way, count in counts.items() if way[part] == value) / n
            p = 1 / len(set(values))
            assert share == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / n) + 1e-12)


def test_draws_are_the_turns_own_and_gradients_go_through():
    state = torch.get_rng_state()
    jitter, x = Jitter(flip=True, shift=8), images(2, size=4).requires_grad_()
    assert torch.equal(jitter(x, rng(3)), jitter(x, rng(3)))
    assert torch.autograd.gradcheck(lambda x: jitter(x, rng(1)), (x,))
    assert torch.equal(state, torch.get_rng_state())


def test_images_too_small_to_be_moved_so_far():
    assert Jitter(flip=False, shift=100).pixels(8) == 7
    assert Jitter(flip=False, shift=4)(images(5, size=1), rng()).shape == (5, 1, 1, 1)


@pytest.mark.parametrize("cls", [Consistency, BalancedConsistency])
def test_what_cannot_be_is_refused(cls):
    with pytest.raises(RecipeError, match="nothing to be consistent about"):
        cls(flip=False, shift=0)
    for shift in (-1, 1.5, True):
        with pytest.raises(RecipeError, match="shift is"):
            cls(shift=shift)


# -- CR and bCR ------------------------------------------------------------------------------------------------

SLOPES = torch.arange(1.0, 17.0, dtype=torch.float64)


def critics_turn(*, n=6, slopes=SLOPES, player="D", labels=None, **graph):
    seen = []

    def linear(x):
        seen.append(x)
        return x @ slopes

    real = images(n).requires_grad_(graph.get("second_order", False))
    turn = dealt(player, Constant(), Formula(linear), real, labels, fake=images(n, seed=1), **graph)
    return turn, seen


@pytest.mark.parametrize("second_order", [False, True])
def test_consistency_of_a_linear_critic(second_order):
    turn, seen = critics_turn(second_order=second_order)
    with NoHostSync():
        penalty = Consistency().d_penalty(turn)
    jittered = Jitter(flip=True, shift=4)(turn.real.detach(), rng())
    wanted = ((turn.real.detach() - jittered).flatten(1) @ SLOPES).square().mean().item()
    assert wanted > 1
    assert penalty.item() == pytest.approx(wanted, rel=1e-12)
    assert len(seen) == 2  # one verdict more
    penalty.backward()  # s^2 times as much with the scale s
    assert turn.D.scale.grad.item() == pytest.approx(2 * wanted, rel=1e-12)
    assert turn.real.grad is None or torch.isfinite(turn.real.grad).all()


def test_consistency_by_hand():
    """Each row is 1, 2, 4, 7, and the critic adds up the first column: 4 where it was not mirrored, 28 where it was."""
    x = torch.tensor([1.0, 2.0, 4.0, 7.0], dtype=torch.float64).expand(400, 1, 4, 4)
    first = torch.tensor([1.0, 0, 0, 0], dtype=torch.float64).repeat(4)
    turn = dealt("D", Constant(), Formula(lambda x: x @ first), x, fake=x)
    penalty = Consistency(shift=0).d_penalty(turn).item()
    mirrored = (Jitter(flip=True, shift=0)(x, rng())[:, 0, 0, 0] == 7).double().mean().item()
    assert 0.4 < mirrored < 0.6
    assert penalty == pytest.approx(mirrored * 24**2, rel=1e-12)


def test_a_critic_that_is_blind_to_t_pays_nothing():
    """The mean does not change when an image is mirrored; a verdict on it is consistent."""
    turn, _ = critics_turn(slopes=torch.ones(16, dtype=torch.float64))
    assert Consistency(shift=0).d_penalty(turn).item() == pytest.approx(0, abs=1e-24)
    assert BalancedConsistency(shift=0).d_penalty(turn).item() == pytest.approx(0, abs=1e-24)


def test_balanced_consistency_weighs_real_and_fake():
    turn, seen = critics_turn()
    penalty = BalancedConsistency(lambda_real=3.0, lambda_fake=0.5).d_penalty(turn)
    draws, jitter = rng(), Jitter(flip=True, shift=4)
    of_real, of_fake = (
        ((x - jitter(x, draws)).flatten(1) @ SLOPES).square().mean().item() for x in (turn.real, turn.fake)
    )
    assert penalty.item() == pytest.approx(3 * of_real + 0.5 * of_fake, rel=1e-12)
    assert len(seen) == 4
    penalty.backward()
    assert turn.D.scale.grad.item() == pytest.approx(2 * penalty.item(), rel=1e-12)


def test_the_papers_weights():
    assert Consistency().weight == 10
    balanced = BalancedConsistency()
    assert (balanced.weight, balanced.lambda_real, balanced.lambda_fake) == (1, 10, 10)
    latent = LatentConsistency()
    assert (latent.weight, latent.lambda_gen, latent.lambda_dis) == (1, 0.5, 5)


@pytest.mark.parametrize("term", [Consistency(), BalancedConsistency()])
def test_verdicts_are_asked_for_with_their_labels(term):
    asked = []

    class Asked(Formula):
        def forward(self, x, y=None):
            asked.append(None if y is None else y.tolist())
            return super().forward(x)

    turn = dealt("D", Constant(), Asked(lambda x: x @ SLOPES), images(2), torch.tensor([1, 2]),
                 y_fake=torch.tensor([3, 4]), fake=images(2, seed=1))  # fmt: skip
    term.d_penalty(turn)
    wanted = [[1, 2]] * 2 if isinstance(term, Consistency) else [[1, 2]] * 2 + [[3, 4]] * 2
    assert sorted(asked) == wanted


def test_the_generator_pays_nothing_for_consistency():
    turn, _ = critics_turn(player="G")
    assert Consistency().g_penalty(turn) is None
    assert BalancedConsistency().g_penalty(turn) is None


# -- zCR -------------------------------------------------------------------------------------------------------

Z = torch.tensor([[0.3], [-1.2], [2.0], [0.7]])


def latent_turn(player, **graph):
    """G(z) is w z with w = 0.5, and D the mean of the pixels times v = 2: the verdict is z itself."""
    return dealt(player, ScalarG(0.5), ScalarD(2.0), torch.zeros(4, 1, 4, 4), z=Z, **graph)


def steps(sigma):
    return (sigma * torch.randn(4, 1, generator=rng())).square().mean().item()


@pytest.mark.parametrize("sigma", [0.05, 1.0])
def test_the_discriminator_pays_for_verdicts_that_follow_the_latent(sigma):
    """v w dz is the change of the verdict: lambda v^2 w^2 E[dz^2]; G gets nothing."""
    turn = latent_turn("D")
    with NoHostSync():
        penalty = LatentConsistency(lambda_dis=5.0, sigma=sigma).d_penalty(turn)
    assert penalty.item() == pytest.approx(5 * steps(sigma), rel=1e-4)
    penalty.backward()
    assert turn.D.v.grad.item() == pytest.approx(2 * 5 * 2 * 0.25 * steps(sigma), rel=1e-4)  # down: to 0
    assert turn.G.w.grad is None


@pytest.mark.parametrize("sigma", [0.05, 1.0])
def test_the_generator_is_paid_for_images_that_follow_the_latent(sigma):
    """-lambda w^2 E[dz^2], the mean over pixels: descending it, w grows."""
    turn = latent_turn("G")
    with NoHostSync():
        penalty = LatentConsistency(lambda_gen=0.5, sigma=sigma).g_penalty(turn)
    assert penalty.item() == pytest.approx(-0.5 * 0.25 * steps(sigma), rel=1e-4)
    penalty.backward()
    assert turn.G.w.grad.item() == pytest.approx(-0.5 * 2 * 0.5 * steps(sigma), rel=1e-4)
    assert turn.D.v.grad is None


def test_one_look_serves_both_players_and_leaves_the_generator_out_of_the_discriminators_term():
    turn = latent_turn("D", live=True)
    penalty = LatentConsistency().d_penalty(turn)
    (of_v,) = torch.autograd.grad(penalty, [turn.D.v])
    assert of_v > 0
    assert turn.G.calls == 2  # its fakes, and those beside them


def test_the_steps_are_as_long_as_sigma_says():
    turn = dealt("G", ScalarG(1.0), ScalarD(), torch.zeros(20000, 1, 4, 4), z=torch.zeros(20000, 1))
    penalty = LatentConsistency(lambda_gen=1.0, sigma=0.3).g_penalty(turn).item()
    assert penalty == pytest.approx(-(0.3**2), rel=4 * math.sqrt(2 / 20000))


@pytest.mark.parametrize("name", ["lambda_gen", "lambda_dis", "sigma"])
def test_numbers_below_zero_are_refused(name):
    with pytest.raises(RecipeError, match=f"{name} is -1"):
        LatentConsistency(**{name: -1})


@pytest.mark.parametrize("name", ["lambda_real", "lambda_fake"])
def test_weights_below_zero_are_refused(name):
    with pytest.raises(RecipeError, match=f"{name} is -1"):
        BalancedConsistency(**{name: -1})


# -- in a game -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("schedule", [{}, {"order": "simultaneous"}, {"d_steps": 2, "share_fakes": True}], ids=str)
@pytest.mark.parametrize("classes", [0, 3])
def test_all_of_them_beside_a_gradient_penalty(schedule, classes):
    trainer = conv_trainer(
        schedule, [Consistency(), BalancedConsistency(), LatentConsistency(), GradientPenalty()], classes=classes
    )
    for _ in range(2):
        losses = trainer.step()
    assert all(torch.isfinite(loss) for loss in losses.values())
