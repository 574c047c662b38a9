"""Steps in fp16 of optimizers that have no fused form: what torch's ``GradScaler`` does by a look on the host."""

import pytest
import torch

from ganzoo.training.execution.host_sync import watched
from ganzoo.training.updates.changing_adam import ChangingAdam
from ganzoo.training.updates.overflow import SkippedOnOverflow, for_scaler

OPTIMIZERS = {
    "rmsprop": lambda weights: torch.optim.RMSprop(weights, lr=0.1, momentum=0.5, centered=True),
    "nadam": lambda weights: torch.optim.NAdam(weights, lr=0.1),
    "adamax": lambda weights: torch.optim.Adamax(weights, lr=0.1),
    "radam": lambda weights: torch.optim.RAdam(weights, lr=0.1),
    "asgd": lambda weights: torch.optim.ASGD(weights, lr=0.1),
    "adam with betas that change": lambda weights: ChangingAdam(weights, torch.tensor(0.1), (0.5, 0.9)),
    "rprop": lambda weights: torch.optim.Rprop(weights, lr=0.1),
}
BROKEN = {2: float("inf"), 4: float("nan")}


def played(make, stepping, broken):
    """Weights and state after eight steps, in some of which a gradient is no number."""
    rng = torch.Generator().manual_seed(0)
    weights = [torch.randn(3, 2, generator=rng, requires_grad=True), torch.randn(2, generator=rng, requires_grad=True)]
    optimizer = make(weights)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=3)
    scaler.scale(torch.zeros(()))  # makes its scale
    given = stepping(optimizer)
    for step in range(8):
        for weight in weights:
            weight.grad = 8 * torch.randn(weight.shape, generator=rng)
        if step in broken:
            weights[0].grad[0, 1] = broken[step]
        scaler.unscale_(given)
        scaler.step(given)
        scaler.update()
    state = [value for held in optimizer.state.values() for value in held.values() if isinstance(value, torch.Tensor)]
    return [*weights, *state, torch.tensor(scaler.get_scale())]


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("broken", [{}, BROKEN, {7: float("inf")}], ids=["none", "two", "the last"])
def test_steps_are_skipped_as_torch_skips_them(name, broken):
    expected = played(OPTIMIZERS[name], lambda optimizer: optimizer, broken)
    found = played(OPTIMIZERS[name], for_scaler, broken)
    assert len(expected) == len(found)
    assert all(torch.equal(a, b) for a, b in zip(expected, found, strict=True))


@pytest.mark.parametrize("name", sorted(OPTIMIZERS.keys() - {"asgd"}))  # whose rate is one step on
def test_a_first_step_that_overflows_leaves_no_trace(name):
    expected = played(OPTIMIZERS[name], lambda optimizer: optimizer, {0: float("inf")})
    found = played(OPTIMIZERS[name], for_scaler, {0: float("inf")})
    assert all(torch.allclose(a, b, rtol=1e-6, atol=1e-7) for a, b in zip(expected, found, strict=True))


DECAYING = {
    "sgd": lambda weights: torch.optim.SGD(weights, lr=0.1, momentum=0.9, weight_decay=0.1, foreach=True),
    "rmsprop": lambda weights: torch.optim.RMSprop(weights, lr=0.1, momentum=0.5, centered=True, weight_decay=0.1),
    "adamax": lambda weights: torch.optim.Adamax(weights, lr=0.1, weight_decay=0.1),
    "radam": lambda weights: torch.optim.RAdam(weights, lr=0.1, weight_decay=0.1),
    "adam with betas that change": lambda weights: ChangingAdam(weights, 0.1, (0.5, 0.9), weight_decay=0.1),
}


@pytest.mark.parametrize("name", DECAYING)
def test_nor_does_the_decay_of_weights_in_it(name):
    expected = played(DECAYING[name], lambda optimizer: optimizer, {0: float("inf"), 1: float("inf")})
    found = played(DECAYING[name], for_scaler, {0: float("inf"), 1: float("inf")})
    assert all(torch.allclose(a, b, rtol=1e-6, atol=1e-7) for a, b in zip(expected, found, strict=True))


def test_no_step_waits_for_the_device():
    with watched({}) as offences:
        played(OPTIMIZERS["rmsprop"], for_scaler, {2: float("inf")})
    assert [line for line in offences if "get_scale" not in line] == []
    with watched({}) as offences:
        played(OPTIMIZERS["rmsprop"], lambda optimizer: optimizer, {})
    assert [line for line in offences if "get_scale" not in line]


def test_what_torch_does_on_the_device_itself_is_left_to_it():
    weights = [torch.zeros(2, requires_grad=True)]
    fused = torch.optim.Adam(weights, fused=True)
    assert for_scaler(fused) is fused
    assert isinstance(for_scaler(torch.optim.RMSprop(weights)), SkippedOnOverflow)


def test_gradients_have_to_be_unscaled():
    weight = torch.zeros(2, requires_grad=True)
    weight.grad = torch.ones(2)
    scaler = torch.amp.GradScaler("cpu")
    scaler.scale(torch.zeros(()))
    with pytest.raises(ValueError, match="unscaled"):
        scaler.step(for_scaler(torch.optim.RMSprop([weight])))
