"""Layers by which labels reach the players."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ...interfaces.size import Size, sides

CONDITIONING = ("concat", "projection", "none")  # how a discriminator can take a label


class LabelledLatent(nn.Module):
    """Latents with a learned vector of the label behind them.

    Source: arXiv:1411.1784, sec. 3.2.
    Departs: the vector is learned and joins the latent at once; there, one-hot labels pass a dense layer first.

    Args:
        num_classes: how many labels there are.
        z_dim: length of a latent, and of a label's vector.
    """

    def __init__(self, num_classes: int, z_dim: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(num_classes, z_dim)

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels -> ``(B, 2 * z_dim)``."""
        return torch.cat([z, self.embed(y)], dim=1)


class LabelledImage(nn.Module):
    """Images with a learned picture of the label as one more channel.

    Source: arXiv:1411.1784, sec. 3.2, in the form that convolutional discriminators take.
    Departs: the label is a plane of the image; there, it joins the first hidden layer of a dense network.

    Args:
        num_classes: how many labels there are.
        image_size: height and width of the images.
    """

    def __init__(self, num_classes: int, image_size: Size) -> None:
        super().__init__()
        self.sides = sides(image_size)
        self.embed = nn.Embedding(num_classes, math.prod(self.sides))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels -> ``(B, C + 1, H, W)``."""
        plane = self.embed(y).view(-1, 1, *self.sides)
        return torch.cat([x, plane], dim=1)


class ConditionalBatchNorm2d(nn.Module):
    """Batch normalisation whose gains and shifts depend on a condition.

    With ``classes`` the condition is a label, and each has gains and shifts of its own (arXiv:1610.07629); with
    ``features`` it is a vector, which a dense layer without bias turns into them, as BigGAN does with a shared
    embedding beside a part of the latent (arXiv:1809.11096, sec. 3 and app. B). The gains are 1 + what is learned.

    Args:
        channels: of the image.
        classes: how many labels there are; 0 for a vector.
        features: length of the vector; 0 for a label.
    """

    def __init__(self, channels: int, *, classes: int = 0, features: int = 0) -> None:
        super().__init__()
        if bool(classes) == bool(features):
            raise ValueError("a condition is either a label or a vector")
        self.norm = nn.BatchNorm2d(channels, affine=False)
        make = (
            (lambda: nn.Embedding(classes, channels))
            if classes
            else (lambda: nn.Linear(features, channels, bias=False))
        )
        self.gain, self.shift = make(), make()
        if classes:
            nn.init.zeros_(self.gain.weight)
            nn.init.zeros_(self.shift.weight)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """``(B, C, H, W)`` images; ``(B,)`` int64 labels or ``(B, features)`` -> ``(B, C, H, W)``."""
        gain: Tensor = self.gain(condition)[:, :, None, None]
        shift: Tensor = self.shift(condition)[:, :, None, None]
        normalised: Tensor = self.norm(x)
        return normalised * (1 + gain) + shift


class AdaptiveInstanceNorm2d(nn.Module):
    """Instance normalisation whose gains and shifts a dense layer makes of a vector.

    Source: arXiv:1812.04948, eq. 1, with gains of 1 + what the layer gives.

    Args:
        channels: of the image.
        features: length of the vector.
    """

    def __init__(self, channels: int, features: int) -> None:
        super().__init__()
        self.norm = nn.InstanceNorm2d(channels)
        self.gain, self.shift = nn.Linear(features, channels), nn.Linear(features, channels)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """``(B, C, H, W)`` images, ``(B, features)`` vectors -> ``(B, C, H, W)``."""
        gain: Tensor = self.gain(condition)[:, :, None, None]
        shift: Tensor = self.shift(condition)[:, :, None, None]
        normalised: Tensor = self.norm(x)
        return normalised * (1 + gain) + shift


class Projection(nn.Module):
    """The projection of a label: the inner product of the image's features and the label's learned vector.

    Source: arXiv:1802.05637, eq. 3, the first term.

    Args:
        num_classes: how many labels there are.
        features: how many features an image has.
    """

    def __init__(self, num_classes: int, features: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(num_classes, features)

    def forward(self, features: Tensor, y: Tensor) -> Tensor:
        """``(B, F)`` features, ``(B,)`` int64 labels -> ``(B,)``, to be added to the logits."""
        direction: Tensor = self.embed(y)
        return (direction * features).sum(dim=1)
