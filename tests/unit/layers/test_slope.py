"""``per_sample``, ``slope`` and what is between, of lone tensors and of named ones."""

import pytest
import torch
from stand_in_turn import Constant, dealt

from ganzoo.layers import interpolate_real_fake, one_draw_each, pack, per_sample, slope, squared_slope


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_a_sample_counts_by_the_mean_of_what_is_said_of_it():
    verdict = torch.tensor([[[1.0, 2.0], [3.0, 6.0]], [[0.0, 0.0], [0.0, 4.0]]])
    assert per_sample(verdict).tolist() == [3.0, 1.0]
    lone = torch.tensor([1.0, 2.0])
    assert per_sample(lone) is lone


@pytest.mark.parametrize("said", [(), (3,), (1, 2, 2)])
def test_the_slope_of_x_cubed_however_often_it_is_said(said):
    """Of f(x) = sum of x^3 the gradient is 3 x^2; its squared length is 9 times the sum of x^4."""
    x = drawn(4, 2, 5).requires_grad_()
    verdict = x.pow(3).flatten(1).sum(1)
    verdict = verdict.view(4, *[1] * len(said)).expand(4, *said)
    flat = x.detach().flatten(1)
    torch.testing.assert_close(slope(verdict, x), 3 * flat**2, rtol=1e-12, atol=0)
    torch.testing.assert_close(squared_slope(verdict, x), 9 * (flat**4).sum(1), rtol=1e-12, atol=0)
    (again,) = torch.autograd.grad(squared_slope(verdict, x).sum(), x)
    torch.testing.assert_close(again, 36 * x.detach() ** 3, rtol=1e-12, atol=0)


def test_verdicts_of_unlike_places_count_by_their_mean():
    """Two places that say w.x and v.x: the slope is (w + v) / 2."""
    x, w, v = drawn(3, 4).requires_grad_(), drawn(4, seed=1), drawn(4, seed=2)
    found = slope(torch.stack([x @ w, x @ v], dim=1), x)
    torch.testing.assert_close(found, ((w + v) / 2).expand(3, 4), rtol=1e-12, atol=0)


def test_named_tensors_lie_side_by_side_and_one_that_is_not_read_has_no_slope():
    x = {"a": drawn(3, 2).requires_grad_(), "unread": drawn(3, 2, 2).requires_grad_(), "b": drawn(3, seed=1)}
    x["b"].requires_grad_()
    verdict = (x["a"] ** 2).sum(1) + 5 * x["b"]
    expected = torch.cat([2 * x["a"].detach(), torch.zeros(3, 4), torch.full((3, 1), 5.0)], dim=1)
    torch.testing.assert_close(slope(verdict, x), expected.to(torch.float64))
    torch.testing.assert_close(squared_slope(verdict, x), expected.to(torch.float64).square().sum(1))


def test_whole_numbers_have_no_slope():
    x = {"a": drawn(3, 2).requires_grad_(), "kind": torch.tensor([0, 1, 2])}
    assert slope((x["a"] * x["kind"][:, None]).sum(1), x).tolist() == [[0, 0], [1, 1], [2, 2]]


@pytest.mark.parametrize("shape", [(5,), (2, 7), (1, 4, 4), (1, 2, 3, 4)])
def test_between_a_pair_there_is_one_draw_whatever_its_shape(shape):
    real, fake = torch.zeros(6, *shape, dtype=torch.float64), torch.ones(6, *shape, dtype=torch.float64)
    x = interpolate_real_fake(dealt("D", Constant(), None, real, fake=fake))
    assert x.shape == real.shape and x.is_leaf and x.requires_grad
    share = one_draw_each(real, torch.Generator().manual_seed(0))
    assert torch.equal(x, share.view(6, *[1] * len(shape)).expand_as(x)) and len(set(share.tolist())) == 6


def test_named_tensors_of_a_pair_share_its_draw():
    real = {"a": torch.zeros(4, 2), "kind": torch.tensor([3, 1, 4, 1]), "b": torch.zeros(4, 1, 3)}
    fake = {"a": torch.ones(4, 2), "kind": torch.zeros(4), "b": torch.ones(4, 1, 3)}

    class Turn:
        rng = torch.Generator().manual_seed(0)

    Turn.real, Turn.fake = real, fake
    x = interpolate_real_fake(Turn())
    assert torch.equal(x["a"][:, 0], x["b"][:, 0, 0]) and torch.equal(x["a"][:, 0], x["a"][:, 1])
    assert x["kind"].tolist() == [3, 1, 4, 1]
    assert x["a"].requires_grad and x["b"].requires_grad


def test_packs_of_rows_and_of_named_tensors():
    x = torch.arange(10).view(5, 2)
    assert pack(x, 2).tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 0, 1]]
    packed = pack({"a": x, "b": x.view(5, 1, 2)}, 5)
    assert packed["a"].shape == (1, 10) and packed["b"].shape == (1, 5, 2)
