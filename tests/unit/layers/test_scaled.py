"""StyleGAN2's scaled weights: all of a player at once, against each layer by itself."""

import copy

import pytest
import torch
from ganzoo_plugins.stylegan2 import scaled
from ganzoo_plugins.stylegan2.discriminator import StyleGAN2Discriminator
from ganzoo_plugins.stylegan2.generator import StyleGAN2Generator
from ganzoo_plugins.stylegan2.modulated import StyledLayer
from ganzoo_plugins.stylegan2.scaled import Scaled

SMALL = {"image_size": 8, "channels": 2, "num_classes": 3, "width": 4}
LABELS = torch.tensor([0, 2, 1, 1])


def player(cls, *, together, **changes):
    torch.manual_seed(0)
    made = cls(**SMALL, **changes).double()
    for module in made.modules():
        if isinstance(module, StyledLayer):
            module.strength.data.fill_(0.1)  # it starts at 0
    if not together:
        made._forward_pre_hooks.clear()
    return made


def given(made):
    rng = torch.Generator().manual_seed(1)
    if isinstance(made, StyleGAN2Generator):
        return torch.randn(4, made.z_dim, dtype=torch.float64, generator=rng)
    return torch.randn(4, 2, 8, 8, dtype=torch.float64, generator=rng)


def told(made, x, y=LABELS):
    torch.manual_seed(2)  # the generator draws
    answer = made(x, y)
    return answer["logits"] if isinstance(answer, dict) else answer


PLAYERS = [
    (StyleGAN2Discriminator, {}),
    (StyleGAN2Discriminator, {"architecture": "skip"}),
    (StyleGAN2Generator, {"mixing": 0.0}),
    (StyleGAN2Generator, {"mixing": 0.9}),  # looks at the mapping's weights twice
    (StyleGAN2Generator, {"architecture": "resnet"}),
]


@pytest.mark.parametrize(("cls", "changes"), PLAYERS)
def test_the_numbers_are_those_of_each_layer_by_itself_to_the_bit(monkeypatch, cls, changes):
    calls = []
    make = scaled._Scaling.apply
    monkeypatch.setattr(scaled._Scaling, "apply", lambda scales, *w: calls.append(len(w)) or make(scales, *w))
    together, alone = (player(cls, together=wished, **changes) for wished in (True, False))
    x = given(together)
    for made in (together, alone):
        told(made, x).square().sum().backward()
    assert len(calls) == 2 and calls[0] > 10  # one way and back
    assert torch.equal(told(together, x), told(alone, x))
    for (name, a), b in zip(together.named_parameters(), alone.parameters(), strict=True):
        assert (a.grad is None) == (b.grad is None), name
        assert a.grad is None or torch.equal(a.grad, b.grad), name


def test_second_derivatives_are_those_of_each_layer_by_itself():
    found = []
    for together in (True, False):
        made = player(StyleGAN2Discriminator, together=together)
        x = given(made).requires_grad_()
        (slope,) = torch.autograd.grad(told(made, x).sum(), x, create_graph=True)
        weights = list(made.parameters())
        found.append(torch.autograd.grad(slope.square().sum(), weights, allow_unused=True))
    for a, b in zip(*found, strict=True):
        assert (a is None) == (b is None)
        assert a is None or torch.allclose(a, b, rtol=1e-12, atol=1e-14)


def test_of_both_orders_by_finite_differences():
    a, b = (torch.randn(3, dtype=torch.float64).requires_grad_() for _ in range(2))

    def scale(a, b):
        return scaled._Scaling.apply([2.0, -0.5], a, b)

    assert torch.autograd.gradcheck(scale, (a, b))
    assert torch.autograd.gradgradcheck(scale, (a, b))


def test_what_has_no_gradient_gets_none():
    a, b = (torch.ones(3).requires_grad_() for _ in range(2))
    first, _ = scaled._Scaling.apply([2.0, 3.0], a, b)
    first.sum().backward()
    assert a.grad.tolist() == [2.0] * 3 and b.grad is None


def test_a_broken_pass_leaves_nothing_and_a_copy_has_its_own():
    made = player(StyleGAN2Discriminator, together=True)
    with pytest.raises(RuntimeError):
        made(torch.zeros(4, 7, 8, 8, dtype=torch.float64), LABELS)
    assert all(module.made is None for module in made.modules() if isinstance(module, Scaled))
    twin = copy.deepcopy(made)
    with torch.no_grad():
        for weight in twin.parameters():
            weight.mul_(1.5)
    x = given(made)
    assert not torch.equal(told(twin, x), told(made, x))
    twin.load_state_dict(made.state_dict())
    assert torch.equal(told(twin, x), told(made, x))
