"""Players small enough to compute by hand, and the trainers of tests."""

import torch
from torch import nn

from ganzoo.interfaces import Discriminator, Generator, Loss
from ganzoo.recipes.building.build import Parts
from ganzoo.recipes.recipe import Recipe
from ganzoo.training import Trainer


class ScalarG(Generator):
    """Each image is ``w * z`` in every pixel."""

    z_dim = 1

    def __init__(self, w=0.5):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(float(w)))
        self.calls = 0

    def forward(self, z, y=None):
        self.calls += 1
        return (self.w * z)[:, :, None, None].expand(-1, 1, 4, 4)


class ScalarD(Discriminator):
    """The verdict is ``v`` times the image's mean."""

    def __init__(self, v=2.0):
        super().__init__()
        self.v = nn.Parameter(torch.tensor(float(v)))
        self.calls = 0

    def forward(self, x, y=None):
        self.calls += 1
        return {"logits": self.v * x.mean((1, 2, 3))}


class MeanLoss(Loss):
    """D: fake - real; G: minus the square of fake, so that its gradient tells which D it looked at."""

    def d_loss(self, turn):
        return turn.on_fake["logits"].mean() - turn.on_real["logits"].mean()

    def g_loss(self, turn):
        return -turn.on_fake["logits"].mean().square()


class SoftLoss(Loss):
    """Non-saturating."""

    def d_loss(self, turn):
        soft = nn.functional.softplus
        return soft(-turn.on_real["logits"]).mean() + soft(turn.on_fake["logits"]).mean()

    def g_loss(self, turn):
        return nn.functional.softplus(-turn.on_fake["logits"]).mean()


class ConvG(Generator):
    """Batch norm, dropout and labels: everything that has a state."""

    z_dim = 5

    def __init__(self, classes=0):
        super().__init__()
        self.embed = nn.Embedding(classes, 5) if classes else None
        self.net = nn.Sequential(
            nn.Linear(5, 16), nn.BatchNorm1d(16), nn.Dropout(0.2), nn.ReLU(), nn.Unflatten(1, (4, 2, 2)),
            nn.ConvTranspose2d(4, 4, 4, 2, 1), nn.BatchNorm2d(4), nn.ReLU(),
            nn.ConvTranspose2d(4, 1, 4, 2, 1), nn.Tanh(),
        )  # fmt: skip

    def forward(self, z, y=None):
        return self.net(z * self.embed(y) if self.embed is not None else z)


class ConvD(Discriminator):
    """Spectral norm, dropout and batch norm."""

    outputs = frozenset({"logits", "features"})

    def __init__(self, classes=0):
        super().__init__()
        self.embed = nn.Embedding(classes, 64) if classes else None
        self.net = nn.Sequential(
            nn.utils.parametrizations.spectral_norm(nn.Conv2d(1, 4, 4, 2, 1)), nn.BatchNorm2d(4), nn.LeakyReLU(0.2),
            nn.Dropout(0.2), nn.Flatten(),
        )  # fmt: skip
        self.head = nn.Linear(64, 1)

    def forward(self, x, y=None):
        h = self.net(x)
        if self.embed is not None:
            h = h * self.embed(y)
        return {"logits": self.head(h).squeeze(1), "features": h}


def recipe(schedule=None, g=None, d=None, **changes):
    """A recipe whose parts' names do not matter, since a test brings the parts."""
    return Recipe.from_dict(
        {
            "name": "test",
            "generator": "a",
            "discriminator": "b",
            "loss": "c",
            "g_optimizer": g or {"name": "adam", "lr": 1e-3},
            "d_optimizer": d or {"name": "adam", "lr": 1e-3},
            "schedule": {"batch": 4, **(schedule or {})},
            **changes,
        }
    )


def scalar_trainer(schedule=None, regularizers=(), lr=0.1, seed=0, **changes):
    """SGD on two scalars."""
    sgd = {"name": "sgd", "lr": lr}
    images = torch.randint(0, 256, (32, 1, 4, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    parts = Parts(ScalarG(), ScalarD(), MeanLoss(), list(regularizers))
    return Trainer(recipe(schedule, sgd, sgd, **changes), parts, images, None, seed=seed)


def conv_trainer(schedule=None, regularizers=(), seed=0, classes=0, prepare=lambda parts: parts, **changes):
    """Two small networks with every kind of state."""
    images = torch.randint(0, 256, (40, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(7))
    labels = torch.arange(40) % classes if classes else None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        parts = prepare(Parts(ConvG(classes), ConvD(classes), SoftLoss(), list(regularizers)))
    return Trainer(recipe(schedule, conditional=bool(classes), **changes), parts, images, labels, seed=seed)
