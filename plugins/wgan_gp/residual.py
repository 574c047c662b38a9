"""The residual pair of the paper's CIFAR-10 experiments."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, relu

from ganzoo.interfaces import Discriminator, Generator, Size
from ganzoo.layers import LabelledImage, LabelledLatent, doublings, keeping, require_positive, scaled_width

from .init import init_he


class ResNetUpBlock(nn.Module):
    """Two 3x3 convolutions behind batch normalisation and ReLU, the first on the doubled image, and a 1x1 shortcut.

    The shortcut convolves before it doubles: the same numbers as the paper's order, with a quarter of the work.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.shortcut = nn.Conv2d(width, width, 1)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv1 = keeping(width, width)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = keeping(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, width, H, W)`` -> ``(B, width, 2H, 2W)``."""
        h = interpolate(relu(self.bn1(x)), scale_factor=2, mode="nearest")
        h = self.conv2(relu(self.bn2(self.conv1(h))))
        out: Tensor = h + interpolate(self.shortcut(x), scale_factor=2, mode="nearest")
        return out


class ResNetDownBlock(nn.Module):
    """Two 3x3 convolutions behind ReLU, and a shortcut; with ``halve``, both ways end in a mean over 2x2 pixels.

    The halving shortcut has a 1x1 convolution and pools before it: the same numbers as the paper's order, with
    a quarter of the work. Without ``halve`` the shortcut is the identity.
    """

    def __init__(self, width: int, *, halve: bool) -> None:
        super().__init__()
        self.shortcut = nn.Conv2d(width, width, 1) if halve else None
        self.conv1 = keeping(width, width)
        self.conv2 = keeping(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, width, H, W)`` -> the same shape, or ``(B, width, H/2, W/2)``."""
        h: Tensor = self.conv2(relu(self.conv1(relu(x))))
        if self.shortcut is None:
            return h + x
        out: Tensor = avg_pool2d(h, 2) + self.shortcut(avg_pool2d(x, 2))
        return out


class ImageBlock(nn.Module):
    """The critic's first block, which halves: no ReLU before the image, and the shortcut pools first."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.shortcut = nn.Conv2d(channels, width, 1)
        self.conv1 = keeping(channels, width)
        self.conv2 = keeping(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """``(B, C, H, W)`` -> ``(B, width, H/2, W/2)``."""
        h = self.conv2(relu(self.conv1(x)))
        out: Tensor = avg_pool2d(h, 2) + self.shortcut(avg_pool2d(x, 2))
        return out


class ResNetGenerator(Generator):
    """A projected latent, doubled in size by residual blocks of one width until it is an image.

    Three blocks from 4x4 to 32x32, then batch normalisation, ReLU, a 3x3 convolution and tanh.

    Source: arXiv:1704.00028, the appendix on the CIFAR-10 ResNet; weights start as in the authors' code.
    Departs: one block per doubling, where the paper has 32x32; with labels, a learned vector of the label joins
        the latent (arXiv:1411.1784), where the paper has conditional batch normalisation.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        z_dim: length of a latent.
        width: channels of every hidden layer; by default the paper's 128 at 32x32, in proportion at other sizes,
            and 32 at the least.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    mirror_symmetric = True

    def __init__(
        self, *, image_size: Size, channels: int, num_classes: int, z_dim: int = 128, width: int | None = None
    ) -> None:
        super().__init__()
        width = scaled_width(image_size, 128, 32) if width is None else width
        require_positive(z_dim=z_dim, width=width)
        self.z_dim = z_dim
        base, times = doublings(image_size)
        self.label = LabelledLatent(num_classes, z_dim) if num_classes else None
        last = keeping(width, channels)
        self.net = nn.Sequential(
            nn.Linear(2 * z_dim if num_classes else z_dim, width * math.prod(base)),
            nn.Unflatten(1, (width, *base)),
            *(ResNetUpBlock(width) for _ in range(times)),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            last,
            nn.Tanh(),
        )
        self.net.apply(init_he)
        # No ReLU follows it: the authors' code has Glorot's initialisation here.
        nn.init.xavier_uniform_(last.weight)

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """``(B, z_dim)`` latents, ``(B,)`` int64 labels or None -> ``(B, C, H, W)`` images in [-1, 1]."""
        out: Tensor = self.net(z if self.label is None else self.label(z, y))
        return out


class ResNetCritic(Discriminator):
    """Residual blocks of one width without batch normalisation, a mean over all pixels, and one dense layer.

    Blocks halve the image until it is twice its base of 4 to 7 pixels wide (at least one does), and two more
    keep its size: at 32x32, two and two, as in the paper.

    Source: arXiv:1704.00028, the appendix on the CIFAR-10 ResNet; weights start as in the authors' code.
    Departs: the number of halving blocks grows with the image, where the paper has 32x32; with labels, a learned
        plane of the label joins the image (arXiv:1411.1784), where the paper has an auxiliary classifier.

    Args:
        image_size: height and width of the images: the shorter is 4 to 7 doubled one or more times, the other a number
            doubled as often.
        channels: channels of the images.
        num_classes: how many labels there are; 0 for none.
        width: channels of every hidden layer; by default the paper's 128 at 32x32, in proportion at other sizes,
            and 32 at the least.

    Attributes:
        outputs: ``logits`` ``(B,)``, any real number, and ``features`` ``(B, width)``, what the dense layer reads.

    Raises:
        RecipeError: the image size does not fit, or a parameter is out of range.
    """

    outputs = frozenset({"logits", "features"})
    mirror_symmetric = True

    def __init__(self, *, image_size: Size, channels: int, num_classes: int, width: int | None = None) -> None:
        super().__init__()
        width = scaled_width(image_size, 128, 32) if width is None else width
        require_positive(width=width)
        _, times = doublings(image_size)
        self.label = LabelledImage(num_classes, image_size) if num_classes else None
        self.body = nn.Sequential(
            ImageBlock(channels + 1 if num_classes else channels, width),
            *(ResNetDownBlock(width, halve=True) for _ in range(times - 2)),
            ResNetDownBlock(width, halve=False),
            ResNetDownBlock(width, halve=False),
            nn.ReLU(),
        )
        self.head = nn.Linear(width, 1)
        self.body.apply(init_he)
        self.head.apply(init_he)

    def forward(self, x: Tensor, y: Tensor | None = None) -> dict[str, Tensor]:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels or None -> logits ``(B,)`` and features ``(B, width)``."""
        features = torch.mean(self.body(x if self.label is None else self.label(x, y)), dim=(2, 3))
        return {"logits": self.head(features).squeeze(1), "features": features}
