"""The averaged generator: its decay, which is a number on the device, and how many tensors move by it at once."""

import pytest
import torch
from tiny_players import conv_trainer

from ganzoo.testing.playing.tape import Tape
from ganzoo.training.execution.replay import Replays
from ganzoo.training.updates.ema import descend


@pytest.mark.parametrize("decay", [0.05, 0.3, 0.9, 0.99, 0.9999])
def test_the_decay_is_that_of_pythons_doubles_to_the_last_bit(decay):
    trainer = conv_trainer({"ema": decay})
    weight, mine = trainer.parts.G.net[0].weight, trainer.average.model.net[0].weight
    for step in [*range(40), *range(80, 110), *range(880, 900), *range(89_980, 90_000)]:
        trainer.steps = step
        before = mine.clone()
        trainer.step()
        assert torch.equal(mine, torch.lerp(before, weight.detach(), 1 - min(decay, (1 + step) / (10 + step)))), step


def test_averaging_is_replayed_while_the_decay_warms_up_and_goes_on_from_a_checkpoint():
    def made():
        trainer = conv_trainer({"batch": 4, "ema": 0.9})
        trainer.norms.every = 0
        return trainer

    def played(trainer, steps):
        for _ in range(steps):
            trainer.step()
        return {name: tensor.clone() for name, tensor in trainer.state()[0].items()}

    eager = made()
    kept, values = played(eager, 5), eager.state()[1]
    whole = played(eager, 20)
    replayed = made()
    replayed.replays = Replays(Tape())
    found = played(replayed, 25)
    assert replayed.replays.recorded == 1
    assert all(torch.equal(whole[name], found[name]) for name in whole)
    resumed = made()
    resumed.replays = Replays(Tape())
    played(resumed, 3)
    resumed.load_state(kept, values)
    found = played(resumed, 20)
    assert all(torch.equal(whole[name], found[name]) for name in whole)


@pytest.mark.parametrize("part", [0.0, 0.001, 0.3, 0.5, 0.9, 1.0])
def test_a_step_of_descent_is_a_linear_interpolation(part):
    rng = torch.Generator().manual_seed(0)
    shapes = [(), (7,), (64, 3, 5, 5), (33, 17)]
    mine, theirs = ([torch.randn(shape, generator=rng) for shape in shapes] for _ in range(2))
    expected = [torch.lerp(a.double(), b.double(), part) for a, b in zip(mine, theirs, strict=True)]
    kept = [b.clone() for b in theirs]
    descend(mine, theirs, torch.tensor(part))
    for a, b in zip(mine, expected, strict=True):
        torch.testing.assert_close(a.double(), b, rtol=1e-5, atol=1e-6)
    assert all(torch.equal(a, b) for a, b in zip(theirs, kept, strict=True))
