"""Games of several ranks, compared with those of one process."""

from contextlib import contextmanager
from unittest.mock import patch

import torch
from ganzoo_plugins.images import images as played_images

from ganzoo.recipes.building.build import build_parts
from ganzoo.recipes.recipe import resolve
from ganzoo.testing.fixtures.partners import noise_images
from ganzoo.training import Trainer
from ganzoo.training.ranks.pretended import played_by

# Adam divides a gradient by its size: where it is 0 but for rounding, its sign decides. A larger eps keeps that small.
CALM = ("g_optimizer.eps=1.0e-3", "d_optimizer.eps=1.0e-3")


# A step of ranks is told from another by its terms and layers, of which these players have the same.
NARROW = ("generator.width=8", "discriminator.width=8")


SIZE = 16


BATCH = 8


def game(registry, name, ranks=None, *, batch=BATCH, edits=(), **how):
    """A recipe with narrow players on images of noise."""
    recipe = resolve(registry, name, (f"schedule.batch={batch}", *NARROW, *edits))
    parts = build_parts(recipe, registry, image_size=SIZE, channels=1, num_classes=10, seed=0)
    return Trainer(recipe, parts, noise_images(64, 1, SIZE), torch.arange(64) % 10, seed=0, ranks=ranks, **how)


def played(trainer, steps):
    """The losses of each step, and all of the state after them."""
    losses = [torch.stack(list(trainer.step().values())) for _ in range(steps)]
    return torch.stack(losses), {key: value.detach().clone() for key, value in trainer.state()[0].items()}


@contextmanager
def in_double():
    """Networks, images and draws of the games that are made and played within are of double precision."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with patch.object(played_images, "to_unit", lambda images: images.double() / 127.5 - 1):
            yield
    finally:
        torch.set_default_dtype(before)


def require_same_game(registry, name, count, *, steps, within=1e-10, edits=()):
    """Compare a game of so many ranks with that of one process, in double precision.

    In single precision one of the activations, which are some hundred thousand, may lie on either side of the kink of
    a ReLU by rounding alone, and gradients jump there: that depends on torch's kernels and on no rank.
    """
    with in_double():
        losses, state = played(game(registry, name, edits=edits), steps)
        every = played_by(count, lambda ranks: played(game(registry, name, ranks, edits=edits), steps))
    assert losses.dtype == torch.float64
    for theirs, held in every:
        torch.testing.assert_close(theirs, losses, atol=within, rtol=within)
        assert held.keys() == state.keys()
        for key, value in state.items():
            torch.testing.assert_close(held[key], value, atol=within, rtol=within, msg=lambda m, k=key: f"{k}: {m}")
    for _, held in every[1:]:
        assert [key for key, value in held.items() if not torch.equal(value, every[0][1][key])] == []
