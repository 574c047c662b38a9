"""Partners for a loss or a regularizer: two small networks that give the usual, and a plain loss."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ..interfaces import Discriminator, Generator, Loss, Turn
from ..recipes.recipe import Part, Recipe
from ..registry.registry import KINDS, Entry, Registry

NAME = "ganzoo-testing"


class SmallGenerator(Generator):
    """A dense layer, batch normalisation and a convolution; labels scale the latent."""

    z_dim = 8

    def __init__(self, *, image_size: int, channels: int, num_classes: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(num_classes, self.z_dim) if num_classes else None
        self.net = nn.Sequential(
            nn.Linear(self.z_dim, 4 * image_size * image_size),
            nn.Unflatten(1, (4, image_size, image_size)),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, channels, 3, padding=1),
            nn.Tanh(),
        )

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, 8)`` latents -> images."""
        images: Tensor = self.net(z if self.embed is None else z * self.embed(y))
        return images


class SmallDiscriminator(Discriminator):
    """A convolution and a dense layer; labels scale the features."""

    outputs = frozenset({"logits", "features"})

    def __init__(self, *, image_size: int, channels: int, num_classes: int) -> None:
        super().__init__()
        size = 8 * ((image_size + 1) // 2) ** 2
        self.embed = nn.Embedding(num_classes, size) if num_classes else None
        self.body = nn.Sequential(nn.Conv2d(channels, 8, 3, stride=2, padding=1), nn.LeakyReLU(0.2), nn.Flatten())
        self.head = nn.Linear(size, 1)

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """Images -> logits ``(B,)`` and features ``(B, F)``."""
        features = self.body(x)
        if self.embed is not None:
            features = features * self.embed(y)
        return {"logits": self.head(features).squeeze(1), "features": features}


def _verdict(outputs: dict[str, Tensor]) -> Tensor:
    """One number an image, ``(B,)``, in which all that the discriminator gives has a part."""
    return torch.stack([value.flatten(1).mean(1) if value.ndim > 1 else value for value in outputs.values()]).sum(0)


class PlainLoss(Loss):
    """Cross-entropy, non-saturating, on whatever a discriminator gives."""

    reads = frozenset()

    def d_loss(self, turn: Turn) -> Tensor:
        """Of both batches."""
        return softplus(-_verdict(turn.on_real)).mean() + softplus(_verdict(turn.on_fake)).mean()

    def g_loss(self, turn: Turn) -> Tensor:
        """Of the fakes."""
        return softplus(-_verdict(turn.on_fake)).mean()


def with_partners(registry: Registry) -> Registry:
    """Make a registry that knows these too, under the name ``ganzoo-testing``."""
    whole = Registry()
    whole.add([entry for kind in KINDS for entry in registry.all(kind)])
    partners = {"generator": SmallGenerator, "discriminator": SmallDiscriminator, "loss": PlainLoss}
    whole.add([Entry(kind, NAME, f"{__name__}:{cls.__name__}", NAME) for kind, cls in partners.items()])
    return whole


def plain_recipe(kind: str, part: Part, conditional: bool, paired: bool = False, **players: Part) -> Recipe:
    """Make a recipe of these parts only, and of the suite's own where it names none.

    Args:
        kind: of the part that is tried.
        part: that part.
        conditional: the players see labels.
        paired: a fake has the label of the real image beside it.
        players: a ``generator`` and a ``discriminator``, for a part that is neither.
    """
    named: dict[str, object] = {"generator": NAME, "discriminator": NAME, "loss": NAME}
    named |= {kind: part.written() for kind, part in players.items()}
    named |= {"regularizers": [part.written()]} if kind == "regularizer" else {kind: part.written()}
    optimizers = {f"{player}_optimizer": {"name": "adam", "lr": 1e-3, "betas": [0.5, 0.999]} for player in "gd"}
    rest = {"conditional": conditional, "schedule": {"labels": "paired"} if paired else {}}
    return Recipe.from_dict({"name": f"{kind} {part.name}", **rest, **named, **optimizers})


def noise_images(n: int, channels: int, size: int) -> Tensor:
    """``(n, channels, size, size)`` uint8 noise, the same each time."""
    rng = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (n, channels, size, size), dtype=torch.uint8, generator=rng)


def noise_points(n: int, point: int) -> Tensor:
    """``(n, point, 1, 1)`` float32 from a standard normal distribution, the same each time."""
    return torch.randn(n, point, 1, 1, generator=torch.Generator().manual_seed(0))
