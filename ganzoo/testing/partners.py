"""Partners for a loss or a regularizer: two small networks that give the usual, and a plain loss."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from ..interfaces import Discriminator, Generator, Loss, Turn
from ..recipes.recipe import Part, Recipe
from ..registry.registry import FROM_DATA, KINDS, Entry, Registry
from ..samples import Sample, leaves
from .data import Case

NAME = "ganzoo-testing"
ANY = "ganzoo-testing-any"


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


class AnyGenerator(Generator):
    """Dense layers to samples of any shape; conditions are added to the latent.

    Args:
        shapes: names and shapes of a sample's tensors; one without a name is a lone tensor.
        between: of each tensor, the smallest and the largest number that it is to have.
        conditions: how many numbers a condition has; 0 for none.
    """

    z_dim = 8

    def __init__(self, *, shapes: list[list[Any]], between: list[list[float]], conditions: int = 0) -> None:
        super().__init__()
        self.names = [name for name, _ in shapes]
        self.given = nn.Linear(conditions, self.z_dim) if conditions else None
        self.nets = nn.ModuleList(_dense(self.z_dim, shape) for _, shape in shapes)
        self.between = between

    def forward(self, z: Tensor, y: Any = None) -> Any:
        """``(B, 8)`` latents -> samples."""
        if self.given is not None:
            z = z + self.given(numbers_of(y))
        made = [low + (high - low) * (net(z) + 1) / 2 for net, (low, high) in zip(self.nets, self.between, strict=True)]
        return made[0] if self.names == [""] else dict(zip(self.names, made, strict=True))


def _dense(wide: int, shape: list[int]) -> nn.Module:
    return nn.Sequential(
        nn.Linear(wide, 16),
        nn.BatchNorm1d(16),
        nn.ReLU(),
        nn.Linear(16, math.prod(shape)),
        nn.Tanh(),
        nn.Unflatten(1, tuple(shape)) if shape else nn.Flatten(0),
    )


class AnyDiscriminator(Discriminator):
    """Dense layers over all numbers of a sample; conditions meet its features in an inner product.

    Args:
        shapes: see ``AnyGenerator``.
        conditions: see ``AnyGenerator``.
    """

    outputs = frozenset({"logits", "features"})

    def __init__(self, *, shapes: list[list[Any]], conditions: int = 0) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(sum(math.prod(shape) for _, shape in shapes), 16), nn.LeakyReLU(0.2))
        self.head = nn.Linear(16, 1)
        self.given = nn.Linear(conditions, 16) if conditions else None

    def forward(self, x: Any, y: Any = None) -> dict[str, Tensor]:
        """Samples -> logits ``(B,)`` and features ``(B, 16)``."""
        features: Tensor = self.body(numbers_of(x))
        logits: Tensor = self.head(features).squeeze(1)
        if self.given is not None:
            logits = logits + (features * self.given(numbers_of(y))).sum(1)
        return {"logits": logits, "features": features}


def numbers_of(sample: Sample) -> Tensor:
    """Return all numbers of each side by side, ``(B, D)``, in float32; whole ones are tenths, as they may be large."""
    tensors = [t if t.is_floating_point() else t.float() / 10 for t in leaves(sample)]
    return torch.cat([t.reshape(len(t), -1) for t in tensors], dim=1)


def partners_of(case: Case) -> dict[str, Part]:
    """Return the suite's own players for some data: of squares with labels those of images, else those of anything."""
    x, y = case.samples(), case.conditions()
    square = isinstance(x, Tensor) and x.ndim == 4 and x.shape[2] == x.shape[3]
    if square and case.modality.offered >= set(FROM_DATA):
        return {"generator": Part(name=NAME), "discriminator": Part(name=NAME)}
    shapes = [[name, list(t.shape[1:])] for name, t in (x.items() if isinstance(x, Mapping) else [("", x)])]
    params = {"shapes": shapes, "conditions": 0 if y is None else numbers_of(y).shape[1]}
    between = [_span(tensor) for tensor in leaves(x)]
    return {
        "generator": Part(name=ANY, params=params | {"between": between}),
        "discriminator": Part(name=ANY, params=params),
    }


def _span(tensor: Tensor) -> list[float]:
    """Return the smallest and the largest number of an example, between which a network may expect all others."""
    low, high = (tensor.amin().item(), tensor.amax().item()) if tensor.is_floating_point() else (0.0, 0.0)
    return [low, high] if low < high else [-1.0, 1.0]


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
    whole.add([Entry("generator", ANY, f"{__name__}:AnyGenerator", NAME)])
    whole.add([Entry("discriminator", ANY, f"{__name__}:AnyDiscriminator", NAME)])
    return whole


def plain_recipe(
    kind: str, part: Part, case: Case, paired: bool = False, averaged: bool = False, **players: Part
) -> Recipe:
    """Make a recipe of these parts only, and of the suite's own where it names none.

    Args:
        kind: of the part that is tried.
        part: that part.
        case: the data, and whether the players see conditions.
        paired: a fake has the condition of the real sample beside it.
        averaged: an average of the generator is kept.
        players: a ``generator`` and a ``discriminator``, for a part that is neither.
    """
    named: dict[str, object] = {"loss": NAME}
    named |= {player: own.written() for player, own in (partners_of(case) | players).items()}
    named |= {"regularizers": [part.written()]} if kind == "regularizer" else {kind: part.written()}
    optimizers = {f"{player}_optimizer": {"name": "adam", "lr": 1e-3, "betas": [0.5, 0.999]} for player in "gd"}
    schedule = ({"labels": "paired"} if paired else {}) | ({"ema": 0.9} if averaged else {})
    rest = {"conditional": case.conditional, "schedule": schedule}
    return Recipe.from_dict({"name": f"{kind} {part.name}", **rest, **named, **optimizers})


def noise_images(n: int, channels: int, size: int) -> Tensor:
    """``(n, channels, size, size)`` uint8 noise, the same each time."""
    rng = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (n, channels, size, size), dtype=torch.uint8, generator=rng)


def noise_points(n: int, point: int) -> Tensor:
    """``(n, point, 1, 1)`` float32 from a standard normal distribution, the same each time."""
    return torch.randn(n, point, 1, 1, generator=torch.Generator().manual_seed(0))
