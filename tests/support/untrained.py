"""Models of generators that nobody trained, for tests of what is done with a model."""

import torch
from ganzoo_plugins.images.images import ImageModality
from ganzoo_plugins.images.points import PointModality
from tiny_recipes import CLASSES, REGISTRY, tiny

from ganzoo.interfaces import Generator, MappedGenerator
from ganzoo.models import Model
from ganzoo.models.trained import Trained
from ganzoo.recipes.building.build import build_parts


def model_of(name, *overrides, size=8, channels=1, points=False):
    """A recipe's generator as it begins, as narrow as it goes; ``size`` is a side, or height and width."""
    recipe = tiny(name, *overrides)
    size = 1 if points else size
    parts = build_parts(
        recipe, REGISTRY, image_size=size, channels=channels, num_classes=CLASSES * recipe.conditional, seed=0
    )
    G = parts.G.eval().requires_grad_(False)
    return Model(
        Trained(G, recipe, name, "nowhere", modality_of(size, channels, points=points), names(recipe.conditional))
    )


def modality_of(size, channels, *, points=False):
    """The modality of images of a size, or of points."""
    return PointModality(channels) if points else ImageModality(size, channels)


def names(conditional):
    """Name the classes."""
    return tuple(f"class {chr(97 + i)}" for i in range(CLASSES * conditional))


def model_around(G, name="dcgan", *, classes=(), size=8, channels=1, points=False):
    """A model of a generator that a test wrote; ``name`` is of any recipe that is conditional or not as it is."""
    G.eval().requires_grad_(False)
    return Model(Trained(G, tiny(name), name, "nowhere", modality_of(size, channels, points=points), classes))


class LinearImages(Generator):
    """Each image is a matrix times its latent, small enough for no clamping, plus the latent of its label."""

    def __init__(self, z_dim=4, size=8, classes=0, normal=True):
        super().__init__()
        self.z_dim, self.size, self.normal = z_dim, size, normal
        rng = torch.Generator().manual_seed(3)
        self.matrix = torch.nn.Parameter(torch.randn(z_dim, size * size, generator=rng) / 8)
        self.label = torch.nn.Embedding(classes, z_dim) if classes else None

    def sample_z(self, n, *, device, rng=None):
        if self.normal:
            return super().sample_z(n, device=device, rng=rng)
        return torch.rand(n, self.z_dim, device=device, generator=rng)

    def forward(self, z, y=None):
        z = z if self.label is None else z + self.label(y)
        return (z @ self.matrix).view(len(z), 1, self.size, self.size)


class Mapped(MappedGenerator):
    """Styles are twice the latent plus 1, on two layers; the image shows the first layer's style."""

    def __init__(self, z_dim=4):
        super().__init__()
        self.z_dim = z_dim
        self.scale = torch.nn.Parameter(torch.tensor(2.0))

    def map(self, z, y=None):
        return (self.scale * z + 1)[:, None].expand(-1, 2, -1)

    def synthesise(self, w):
        return w[:, 0, :, None, None].expand(-1, -1, 1, 1)[:, :1].expand(-1, 1, 8, 8) / 8

    def forward(self, z, y=None):
        return self.synthesise(self.map(z, y))
