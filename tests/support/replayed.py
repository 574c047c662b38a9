"""Games played eagerly and by replaying, compared."""

import torch

from ganzoo.testing.playing.tape import Tape
from ganzoo.training.execution.replay import Replays


def played(make, steps=12, *, tape):
    trainer = make()
    if tape:
        trainer.replays = Replays(Tape())
    losses = [{key: value.clone() for key, value in trainer.step().items()} for _ in range(steps)]
    return trainer, losses, {key: value.detach().clone() for key, value in trainer.state()[0].items()}


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def agree(make, steps=12):
    (_, losses, state), (trainer, others, found) = (played(make, steps, tape=tape) for tape in (False, True))
    assert trainer.replays is not None and trainer.why_eager == ""
    return same(state, found) and all(same(x, y) for x, y in zip(losses, others, strict=True))
