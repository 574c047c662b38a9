"""The generator of pix2pix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Generator, Size
from ganzoo.interfaces.size import sides
from ganzoo.layers import init_normal, norm_layer, require_choice, require_positive

from .from_picture import enlarged_to

MOST = 8  # levels, as at 256 pixels


def init_paper(module: nn.Module) -> None:
    """Draw weights from N(0, 0.02), and the factors of a batch normalisation from N(1, 0.02)."""
    init_normal(module, 0.02)
    if isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)


class Dropped(nn.Module):
    """Dropout, which may stay in use outside of training, as the noise that makes samples differ.

    Args:
        share: of the activations that are dropped.
        always: outside of training as well.
    """

    def __init__(self, share: float, always: bool) -> None:
        super().__init__()
        self.share, self.always = share, always

    def forward(self, x: Tensor) -> Tensor:
        """``(B, ...)`` -> the same shape."""
        return dropout(x, self.share, training=self.training or self.always)


class Doubling(nn.Module):
    """A transposed convolution of stride 2 to a size, and what follows it.

    Args:
        convolution: gives twice the size, or one pixel more.
        then: follows it.
    """

    def __init__(self, convolution: nn.ConvTranspose2d, *then: nn.Module) -> None:
        super().__init__()
        self.convolution, self.then = convolution, nn.Sequential(*then)

    def forward(self, x: Tensor, size: Sequence[int]) -> Tensor:
        """``(B, C, h, w)`` -> ``(B, D, *size)``."""
        out: Tensor = self.then(self.convolution(torch.relu(x), output_size=list(size)))
        return out


class UNet(Generator):
    """Halve a picture down to 1 to 3 pixels, and double it up again, with what was there on the way down beside it.

    4x4 convolutions of stride 2, with LeakyReLU of slope 0.2 down and ReLU up; channels double with each level, up to
    eight times ``width``. The outermost and the innermost convolution have no norm. There is no latent: the only noise
    is dropout, on the three innermost levels going up that have room above them.

    Source: arXiv:1611.07004, sec. 3.2.1 and 6.1.1, and the errata on the innermost norm.
    Departs: pictures other than 256x256 have as many levels as they can be halved, 8 at the most; a given picture of
        another size is brought to the wanted one's first. Convolutions before a batch norm have no biases; the paper's
        code has biases everywhere and zeroes them before every step. Norms use running statistics outside of
        training, where the paper's code goes on with those of the batch.

    Args:
        image_size: height and width of the wanted picture, each at least 2.
        channels: of the wanted picture.
        given_channels: of the given picture.
        width: channels of the first level.
        levels: how often the picture is halved; None for as often as it can be, 8 times at the most.
        dropout: share of the activations that are dropped.
        always: drop outside of training as well, as in the paper, so that samples of one condition differ.
        norm: ``batch``, ``instance``, which is what the paper's batches of 1 amount to but for the learned factor and
            shift, or ``none``.

    Raises:
        RecipeError: nothing is given, the size does not fit, or a parameter is out of range.
    """

    z_dim = 0

    def __init__(
        self,
        *,
        image_size: Size,
        channels: int,
        given_channels: int,
        width: int = 64,
        levels: int | None = None,
        dropout: float = 0.5,
        always: bool = False,
        norm: str = "batch",
    ) -> None:
        super().__init__()
        require_given("unet", given_channels)
        require_choice(("batch", "instance", "none"), norm=norm)
        self.size = sides(image_size)
        can = min(self.size).bit_length() - 1
        levels = min(can, MOST) if levels is None else levels
        require_positive(width=width, levels=levels)
        if levels > can:
            raise RecipeError(f"levels is {levels}, and pictures of {min(self.size)} pixels can be halved {can} times")
        if not 0 <= dropout < 1:
            raise RecipeError(f"dropout is {dropout!r}, and must be at least 0 and below 1")
        widths = [width * min(2**level, 8) for level in range(levels)]
        dropping = max(1, min(3, levels - 2))
        bias = norm != "batch"
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level, out in enumerate(widths):
            bare = level in (0, levels - 1)
            seen = widths[level - 1] if level else given_channels
            convolution = nn.Conv2d(seen, out, 4, 2, 1, bias=bias or bare)
            self.down.append(nn.Sequential(convolution, nn.Identity() if bare else norm_layer(norm, out)))
        for level in reversed(range(levels)):
            seen = widths[level] * (1 if level == levels - 1 else 2)
            out = widths[level - 1] if level else channels
            layers: list[nn.Module] = [norm_layer(norm, out)] if level else []
            layers += [Dropped(dropout, always)] if level and levels - 1 - level < dropping else []
            self.up.append(Doubling(nn.ConvTranspose2d(seen, out, 4, 2, 1, bias=bias or not level), *layers))
        self.apply(init_paper)

    def forward(self, z: Tensor, y: Any = None) -> Tensor:
        """``(B, 0)`` latents, ``(B, G, h, w)`` given pictures in [-1, 1] -> ``(B, C, H, W)``, likewise."""
        x = enlarged_to(y, *self.size)
        passed: list[Tensor] = []
        for level, down in enumerate(self.down):
            x = down(x if level == 0 else nn.functional.leaky_relu(x, 0.2))
            passed.append(x)
        shapes = [self.size, *(maps.shape[2:] for maps in passed[:-1])]
        x = passed.pop()
        for up in self.up:
            x = up(x, shapes.pop())
            x = torch.cat([x, passed.pop()], dim=1) if passed else x
        return torch.tanh(x)


def require_given(part: str, given_channels: int) -> None:
    """Refuse a game in which nothing is given.

    Raises:
        RecipeError: it is one.
    """
    if not given_channels:
        raise RecipeError(f"{part} makes a picture of a given one: write conditional: true into the recipe")
