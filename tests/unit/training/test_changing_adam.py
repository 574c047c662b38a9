"""Adam whose betas change, against torch's own with betas set by hand before each step."""

import pytest
import torch

from ganzoo.testing.playing.tape import Tape
from ganzoo.training.execution.replay import Branch
from ganzoo.training.updates.changing_adam import ChangingAdam


def gradients(step, shapes, rng):
    """The last weight has a gradient in every other step only: the counts of the steps differ."""
    drawn = [torch.randn(shape, generator=rng, dtype=torch.float64) for shape in shapes]
    return [*drawn[:-1], drawn[-1] if step % 2 else None]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize(
    ("theirs", "decoupled", "decay"),
    [(torch.optim.Adam, False, 0.0), (torch.optim.Adam, False, 0.1), (torch.optim.AdamW, True, 0.1)],
)
def test_it_is_torchs_with_betas_set_before_each_step(dtype, theirs, decoupled, decay):
    shapes = [(3, 4), (7,), (), (2, 2)]
    rng = torch.Generator().manual_seed(0)
    begin = [torch.randn(shape, generator=rng, dtype=torch.float64).to(dtype) for shape in shapes]
    mine, yours = ([torch.nn.Parameter(w.clone()) for w in begin] for _ in range(2))
    lr = torch.tensor(0.0, dtype=torch.float32)
    betas = torch.tensor([0.0, 0.9], dtype=torch.float64)
    ours = ChangingAdam(mine, lr, betas.unbind(), eps=1e-6, weight_decay=decay, decoupled=decoupled)
    reference = theirs(yours, lr=0.1, betas=(0.0, 0.9), eps=1e-6, weight_decay=decay, foreach=False)
    for step in range(30):
        now = (0.02 * step, 0.9 + 0.003 * step)
        betas.copy_(torch.tensor(now, dtype=torch.float64))
        lr.fill_(0.01 / (1 + step))
        for group in reference.param_groups:
            group["lr"], group["betas"] = lr.item(), now
        for a, b, gradient in zip(mine, yours, gradients(step, shapes, rng), strict=True):
            a.grad, b.grad = (None if gradient is None else gradient.to(dtype) for _ in range(2))
        ours.step()
        reference.step()
    rtol = 1e-9 if dtype == torch.float64 else 2e-5
    for a, b in zip(mine, yours, strict=True):
        torch.testing.assert_close(a, b, rtol=rtol, atol=rtol)
        for name, value in reference.state[b].items():
            torch.testing.assert_close(ours.state[a][name].double(), value.double(), rtol=rtol, atol=rtol)


def test_its_step_is_all_on_the_device():
    """What is set after the step was written down is found by the next one: nothing was read on the host."""

    def moved(written):
        weight = torch.nn.Parameter(torch.ones(3))
        betas = torch.tensor([0.0, 0.9], dtype=torch.float64)
        adam = ChangingAdam([weight], 0.1, betas.unbind())
        weight.grad = torch.tensor([1.0, 2.0, 3.0])
        adam.step()
        play = Tape().record([Branch(adam.step)])[1] if written else adam.step
        if not written:
            adam.step()
        betas.copy_(torch.tensor([0.5, 0.99]))
        play()
        return weight.detach()

    assert torch.equal(moved(True), moved(False))


def test_its_state_is_of_the_names_of_torchs():
    weight = torch.nn.Parameter(torch.ones(3))
    adam = ChangingAdam([weight], 0.1, (0.5, 0.9))
    weight.grad = torch.ones(3)
    adam.step()
    reference = torch.optim.Adam([torch.nn.Parameter(torch.ones(3))], lr=0.1)
    reference.param_groups[0]["params"][0].grad = torch.ones(3)
    reference.step()
    assert adam.state[weight].keys() == next(iter(reference.state.values())).keys()
