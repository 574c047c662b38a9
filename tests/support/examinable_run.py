"""A run that can be examined, with players that are one formula each and no training."""

from __future__ import annotations

from types import SimpleNamespace

import torch
from tiny_players import MeanLoss, recipe

from ganzoo.bench.runs.generating.conditions import Drawn
from ganzoo.interfaces import Discriminator, Generator
from ganzoo.recipes.building.build import Parts
from ganzoo.recipes.building.old_shapes import modality_of
from ganzoo.training import Trainer


class Dealing(Generator):
    """Gives the images of a list in turn, class after class if they have labels."""

    z_dim = 1

    def __init__(self, images, labels=None):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(()))
        self.images, self.labels = images if images.is_floating_point() else images.float() / 127.5 - 1, labels

    def sample_z(self, n, *, device, rng=None):
        return torch.randint(len(self.images), (n, 1), generator=rng).float()

    def forward(self, z, y=None):
        pick = z[:, 0].long()
        if y is not None:
            pick = torch.stack([(self.labels == c).nonzero()[k % int((self.labels == c).sum()), 0]
                                for k, c in zip(pick.tolist(), y, strict=True)])  # fmt: skip
        return self.images[pick]


class Saying(Discriminator):
    """A formula of the image and its label."""

    def __init__(self, formula, key="logits"):
        super().__init__()
        self.outputs = frozenset({key})
        self.key, self.formula, self.scale = key, formula, torch.nn.Parameter(torch.ones(()))

    def forward(self, x, y=None):
        return {self.key: self.scale * self.formula(x, y)}


def run(
    training,
    generated=None,
    *,
    labels=None,
    held_out=None,
    held_labels=None,
    formula=lambda x, y: x.mean((1, 2, 3)),
    key="logits",
    loss=None,
    evaluator=None,
    samples=64,
):
    """The part of a ``TrainingSession`` that ``examine`` reads; the generator gives ``generated``, labelled ``labels``.

    Args:
        training: uint8, or float32 points.
        generated: uint8; by default the training images.
    """
    conditional = labels is not None
    G = Dealing(training if generated is None else generated, labels)
    trainer = Trainer(
        recipe(conditional=conditional),
        Parts(G, Saying(formula, key), loss or MeanLoss(), []),
        training,
        labels,
        seed=0,
    )

    modality = modality_of(training, labels)

    def draw(rng, *, playing=False):
        def images(n):
            z, y = G.sample_z(n, device="cpu", rng=rng), trainer.dealer.labels(n, rng)
            made = trainer.generate(z, y)
            return Drawn(made if playing else modality.rest(made), y)

        return images

    return SimpleNamespace(
        trainer=trainer,
        evaluator=evaluator,
        classes=int(labels.max()) + 1 if conditional else 0,
        recipe=trainer.recipe,
        spec=SimpleNamespace(samples=samples),
        modality=modality,
        fields=fields_of(training, labels),
        held_out=None if held_out is None else fields_of(held_out, held_labels),
        draw=draw,
    )


def fields_of(x, labels=None):
    """Images or points as data at rest, by the names of their fields."""
    return {"x": x} if labels is None else {"x": x, "y": labels}


def noise(n, seed=0, size=4, channels=1):
    """``(n, channels, size, size)`` uint8, of which no two are alike."""
    rng = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (n, channels, size, size), dtype=torch.uint8, generator=rng)
