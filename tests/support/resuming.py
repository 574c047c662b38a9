"""Trials that every game must survive: a checkpoint in its midst, and a look at none of its values."""

import torch
from stand_in_turn import NoHostSync

from ganzoo.training.checkpoints import checkpoint


def state(trainer):
    return {name: tensor.detach().clone() for name, tensor in trainer.state()[0].items()}


def differences(a, b):
    assert a.keys() == b.keys()
    return sorted(name for name in a if not torch.equal(a[name], b[name]))


def goes_on_bit_for_bit(folder, fresh, steps=2):
    """``steps``, a checkpoint and ``steps`` more are as many without one; gives the trainer that went on."""
    straight, first, second = fresh(), fresh(), fresh()
    for trainer, count in ((straight, 2 * steps), (first, steps)):
        torch.manual_seed(0)
        for _ in range(count):
            trainer.step()
    # the streams of dropout are torch's own: let ``first`` be the last that drew from them
    checkpoint.save(folder, first.steps, *first.state())
    torch.rand(3)  # another process has drawn something else
    second.load_state(*checkpoint.newest(folder))
    for _ in range(steps):
        second.step()
    assert differences(state(straight), state(second)) == []
    return second


def plays_without_a_look_at_values(trainer, steps=2):
    with NoHostSync():
        losses = [trainer.step() for _ in range(steps)]
    assert all(torch.isfinite(value) for step in losses for value in step.values())
    assert all(torch.isfinite(value).all() for value in state(trainer).values() if value.is_floating_point())
