"""Spectral normalisation of many layers at once, against torch's of each layer."""

import copy
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from ganzoo.layers import iterate_together, spectral_norm
from ganzoo.layers.blocks import spectral
from ganzoo.layers.blocks.spectral import norm_of


class Net(nn.Module):
    """Layers of every kind, some of one shape, in a chain that uses each weight once."""

    def __init__(self, wrap):
        super().__init__()
        self.layers = nn.ModuleList(
            wrap(layer)
            for layer in (
                nn.Conv2d(3, 6, 3, padding=1),
                nn.Conv2d(6, 6, 3, padding=1),
                nn.Conv2d(6, 6, 3, padding=1),
                nn.Conv2d(6, 4, 1),
                nn.ConvTranspose2d(4, 5, 3, padding=1),
                nn.Conv1d(5, 5, 2),
                nn.Linear(5, 1),
            )
        )
        self.embed = wrap(nn.Embedding(7, 5))

    def forward(self, x, y):
        for layer in self.layers[:5]:
            x = torch.tanh(layer(x))
        features = torch.tanh(self.layers[5](x.flatten(2))).mean(2)
        return self.layers[6](features).squeeze(1) + (features * self.embed(y)).sum(1)


def nets(n=1, dtype=torch.float64, last=False, together=True):
    """Torch's way, and ours, from the same draws."""
    made = []
    for make in (parametrizations.spectral_norm, spectral_norm):
        torch.manual_seed(3)
        net = Net(partial(make, n_power_iterations=n)).to(dtype)
        made.append(net.to(memory_format=torch.channels_last) if last else net)
    if together:
        iterate_together(made[1])
    return made


def given(dtype=torch.float64, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(4, 3, 5, 5, dtype=dtype, generator=rng), torch.tensor([0, 3, 6, 1])


@pytest.fixture
def together(monkeypatch):
    """As on a GPU."""
    monkeypatch.setattr(spectral, "APART_ON", frozenset())


def counted(monkeypatch):
    """How often each way was gone."""
    seen = {"together": 0, "alone": 0}
    iterated, alone = spectral._iterated, parametrizations._SpectralNorm.forward

    def at_once(*args):
        seen["together"] += 1
        return iterated(*args)

    def one(self, weight):
        seen["alone"] += 1
        return alone(self, weight)

    monkeypatch.setattr(spectral, "_iterated", at_once)
    monkeypatch.setattr(parametrizations._SpectralNorm, "forward", one)
    return seen


def close(a, b, dtype=torch.float64):
    tight = 1e-10 if dtype == torch.float64 else 2e-5
    assert torch.allclose(a, b, rtol=tight, atol=tight), (a - b).abs().max()


def same_state(a, b, dtype=torch.float64):
    one, other = a.state_dict(), b.state_dict()
    assert list(one) == list(other)
    for key in one:
        close(one[key], other[key], dtype)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_passes_gradients_and_vectors_are_torchs(together, monkeypatch, dtype, n, last):
    theirs, ours = nets(n, dtype, last)
    same_state(theirs, ours, dtype)
    seen = counted(monkeypatch)
    x, y = given(dtype)
    for net in (theirs, ours):
        (net(x, y).square().mean() - net(x.flip(0), y).mean()).backward()  # two passes, one way back
    assert seen == {"together": 2, "alone": 16}  # and those are torch's
    same_state(theirs, ours, dtype)
    for (name, a), b in zip(theirs.named_parameters(), ours.parameters(), strict=True):
        assert a.grad is not None, name
        close(a.grad, b.grad, dtype)


@pytest.mark.parametrize("last", [False, True])
def test_second_derivatives_are_torchs(together, last):
    """A penalty on the slope, as R1 has it: the weight's gradient through the slope's."""
    found = []
    for net in nets(last=last):
        x, y = given()
        x.requires_grad_()
        (slope,) = torch.autograd.grad(net(x, y).sum(), x, create_graph=True)
        penalty = slope.square().sum()
        weights = [p for p in net.parameters() if not (p.ndim == 1 or p.shape[0] == 7)]
        found.append((penalty, *torch.autograd.grad(penalty, weights)))
    for a, b in zip(*found, strict=True):
        close(a, b)


def test_derivatives_of_the_quotient_by_finite_differences():
    """Of both orders, where the singular vectors are constants: sigma is u W v."""
    rng = torch.Generator().manual_seed(0)
    stack = torch.randn(2, 3, 4, dtype=torch.float64, generator=rng).requires_grad_()
    u, v = (nn.functional.normalize(torch.randn(2, k, dtype=torch.float64, generator=rng), dim=1) for k in (3, 4))

    def plain(W):
        return W / torch.einsum("nr,nrc,nc->n", u, W, v)[:, None, None]

    def quotient(W):
        return spectral._Quotient.apply(W, u, v, torch.einsum("nr,nrc,nc->n", u, W.detach(), v)[:, None])

    weight = torch.randn(2, 3, 4, dtype=torch.float64, generator=rng)
    slopes = []
    for made in (plain, quotient):
        (slope,) = torch.autograd.grad((made(stack).pow(3) * weight).sum(), stack, create_graph=True)
        slopes.append((slope, *torch.autograd.grad(slope.square().sum(), stack)))
    for a, b in zip(*slopes, strict=True):
        close(a, b)


def test_in_evaluation_nothing_moves_and_each_goes_its_own_way(together, monkeypatch):
    theirs, ours = nets()
    seen = counted(monkeypatch)
    before = copy.deepcopy(ours.state_dict())
    for net in (theirs, ours):
        net.eval()
    close(theirs(*given()), ours(*given()))
    assert seen["together"] == 0
    assert all(torch.equal(before[key], value) for key, value in ours.state_dict().items())


def test_a_layer_that_is_looked_at_twice_iterates_twice(together):
    def looked_at_twice(net):
        x, _ = given()
        net.forward = lambda x: net.layers[0](x) + net.layers[0](x)
        return net(x)

    theirs, ours = nets()
    close(looked_at_twice(theirs), looked_at_twice(ours))
    key = "layers.0.parametrizations.weight.0._v"
    close(theirs.state_dict()[key], ours.state_dict()[key])


def test_each_layer_takes_as_many_iterations_as_it_was_made_with(together):
    made = []
    for make in (parametrizations.spectral_norm, spectral_norm):
        torch.manual_seed(3)
        numbers = iter((1, 3, 1, 2, 1, 1, 3, 1))
        made.append(
            Net(lambda layer, make=make, numbers=numbers: make(layer, n_power_iterations=next(numbers))).double()
        )
    iterate_together(made[1])
    x, y = given()
    close(*(net(x, y) for net in made))
    same_state(*made)


def test_what_a_pass_did_not_look_at_is_gone_even_if_it_broke(together):
    _, ours = nets()

    def breaks(x, y):
        raise ZeroDivisionError

    ours.forward = breaks
    with pytest.raises(ZeroDivisionError):
        ours(*given())
    assert all(norm_of(layer).made is None for layer in [*ours.layers, ours.embed])


def test_a_copy_iterates_its_own(together):
    theirs, ours = nets()
    twin = copy.deepcopy(ours)
    before = copy.deepcopy(ours.state_dict())
    close(twin(*given()), theirs(*given()))
    assert all(torch.equal(before[key], value) for key, value in ours.state_dict().items())
    same_state(theirs, twin)


def test_checkpoints_of_torchs_way_are_read_and_the_reverse(together):
    theirs, ours = nets()
    theirs(*given())
    ours.load_state_dict(theirs.state_dict())
    close(theirs(*given()), ours(*given()))
    theirs.load_state_dict(ours.state_dict())
    close(theirs(*given()), ours(*given()))


def test_weights_that_take_the_place_of_the_own_ones(together):
    """As where a term looks ahead by ``functional_call``."""
    theirs, ours = nets()
    moved = [{name: 2 * w.detach() + 0.1 for name, w in net.named_parameters()} for net in (theirs, ours)]
    a, b = (torch.func.functional_call(net, w, given()) for net, w in zip((theirs, ours), moved, strict=True))
    close(a, b)


def test_on_a_cpu_it_is_torchs_to_the_bit():
    theirs, ours = nets(dtype=torch.float32)
    x, y = given(torch.float32)
    for net in (theirs, ours):
        net(x, y).square().mean().backward()
    assert torch.equal(theirs(x, y), ours(x, y))
    assert all(torch.equal(a, ours.state_dict()[key]) for key, a in theirs.state_dict().items())
    assert all(torch.equal(a.grad, b.grad) for a, b in zip(theirs.parameters(), ours.parameters(), strict=True))


def test_in_low_precision_the_vectors_are_found_in_full(together):
    plain, low = (nets(dtype=torch.float32)[1] for _ in range(2))
    x, y = given(torch.float32)
    plain(x, y)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        low(x, y)
    assert all(torch.equal(plain.state_dict()[key], value) for key, value in low.state_dict().items())


def test_a_module_in_another_belongs_to_one():
    inner, outer = nets(together=False)[1], nn.Module()
    iterate_together(inner)
    outer.inner = inner
    iterate_together(outer)
    assert len(inner._forward_pre_hooks) == 1 and not outer._forward_pre_hooks
