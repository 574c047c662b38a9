"""R1 and R2 by noise: what they give in the mean follows from the moments of a normal vector."""

import pytest
import torch
from ganzoo_plugins.gradient_penalties.approximate import ApproximateR1, ApproximateR2
from ganzoo_plugins.gradient_penalties.r1 import R1
from stand_in_turn import Constant, Formula, dealt

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Discriminator

A = torch.tensor([0.5, -2.0, 1.0, 3.0], dtype=torch.float64)
MANY = 40_000


def rows(n):
    return torch.randn(n, 1, 2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def drawn(n, seed=0):
    """The step of the first draw from the turn's generator."""
    return torch.randn(n, 1, 2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).flatten(1)


@pytest.mark.parametrize("std", [1e-3, 0.3])
def test_of_a_linear_critic_it_is_the_step_along_its_slope_whatever_the_step(std):
    x = rows(5)
    turn = dealt("D", Constant(), Formula(lambda rows: rows @ A + 7), x)
    value = ApproximateR1(std=std).d_penalty(turn)
    torch.testing.assert_close(value, 0.5 * (drawn(5) @ A).square().mean(), rtol=1e-9, atol=0)


def test_of_a_linear_critic_its_mean_is_r1():
    """(a e)^2 of N(0, |a|^2) has the mean |a|^2 and the variance 2 |a|^4."""
    turn = dealt("D", Constant(), Formula(lambda rows: rows @ A), rows(MANY), second_order=True)
    squared = A.square().sum().item()
    assert R1().d_penalty(turn).item() == pytest.approx(squared / 2)
    error = 5 * (2 * squared**2 / MANY) ** 0.5 / 2
    assert ApproximateR1().d_penalty(turn).item() == pytest.approx(squared / 2, abs=error)


def test_of_a_quadratic_critic_its_mean_is_that_of_the_closed_form():
    """D(x) = g x + x H x / 2 at x = 0: E = |g|^2 + std^2 (2 tr H^2 + (tr H)^2) / 4, since odd moments are 0."""
    H, std = torch.diag(torch.tensor([1.0, 2.0, -0.5, 0.25], dtype=torch.float64)), 0.7
    turn = dealt("D", Constant(), Formula(lambda r: r @ A + 0.5 * ((r @ H) * r).sum(1)), torch.zeros_like(rows(MANY)))
    expected = A.square().sum() + std**2 * (2 * (H @ H).trace() + H.trace() ** 2) / 4
    step = std * drawn(MANY)
    sampled = 0.5 * ((step @ A + 0.5 * ((step @ H) * step).sum(1)) / std).square()
    found = ApproximateR1(std=std).d_penalty(turn)
    torch.testing.assert_close(found, sampled.mean(), rtol=1e-9, atol=0)
    assert found.item() == pytest.approx(expected.item() / 2, abs=5 * sampled.std().item() / MANY**0.5)


def test_the_gradient_of_the_critic_is_that_of_the_formula():
    """Of D = s a x, the penalty is s^2 (a e)^2 / 2, its derivative in s at s = 1 is (a e)^2; that of R1 is |a|^2."""
    D = Formula(lambda rows: rows @ A)
    ApproximateR1().d_penalty(dealt("D", Constant(), D, rows(3))).backward()
    assert D.scale.grad.item() == pytest.approx((drawn(3) @ A).square().mean().item(), rel=1e-9)


def test_r2_is_at_fakes_and_leaves_the_generator_alone():
    fake = 3 * rows(4)
    D = Formula(lambda rows: (rows**2).sum(1) / 2)
    turn = dealt("D", Constant(), D, rows(4), fake=fake)
    std, step = 0.01, 0.01 * drawn(4)
    change = ((fake.flatten(1) * step).sum(1) + step.square().sum(1) / 2) / std
    torch.testing.assert_close(ApproximateR2(std=std).d_penalty(turn), 0.5 * change.square().mean(), rtol=1e-8, atol=0)
    assert not turn.fake.requires_grad


def test_draws_of_a_view_are_the_same_in_both_looks():
    """A view that adds noise as large as the image: of a linear critic it would count by its square, and does not."""
    views = []

    def noisy(x):
        views.append(x + torch.randn_like(x))
        return views[-1]

    for joint in (False, True):
        views.clear()
        z = torch.zeros(5, 3, dtype=torch.float64)  # so that nothing else is drawn
        turn = dealt("D", Constant(), Formula(lambda rows: rows @ A), rows(5), z=z, view=noisy, joint=joint)
        value = ApproximateR1(std=1e-3).d_penalty(turn)
        torch.testing.assert_close(value, 0.5 * (drawn(5) @ A).square().mean(), rtol=1e-8, atol=0)
        assert turn.shown_real is views[0] and len(views) == (2 if joint else 1)


class TwoHeads(Discriminator):
    """Two critics, of slopes A and 2 A."""

    outputs = frozenset({"logits", "one", "two"})
    heads = ("one", "two")

    def forward(self, x, y=None):
        one = (x.flatten(1) @ A)[:, None]
        return {"logits": torch.cat([one, 2 * one], dim=1), "one": one, "two": 2 * one}


def test_each_head_is_a_critic_of_its_own():
    value = ApproximateR1().d_penalty(dealt("D", Constant(), TwoHeads(), rows(5)))
    torch.testing.assert_close(value, 0.5 * (1 + 4) / 2 * (drawn(5) @ A).square().mean(), rtol=1e-9, atol=0)


def test_no_second_derivative_is_taken():
    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, gradient):
            return gradient

    D = Formula(lambda rows: Once.apply(rows) @ A)
    ApproximateR1().d_penalty(dealt("D", Constant(), D, rows(3))).backward()
    assert not ApproximateR1.second_order and D.scale.grad is not None


@pytest.mark.parametrize("std", [0.0, -1.0, True, "a"])
def test_a_step_must_be_one(std):
    with pytest.raises(RecipeError, match=r"^std is .*, and must be "):
        ApproximateR2(std=std)
