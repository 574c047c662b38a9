"""What the networks of two plugins or more are made of."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .errors import RecipeError


def halvings(image_size: int) -> tuple[int, int]:
    """How often an image can be halved before it is 4 to 7 pixels wide.

    Args:
        image_size: height and width in pixels.

    Returns:
        ``(base, times)`` with ``image_size == base * 2 ** times``, ``4 <= base <= 7`` and ``times >= 1``.

    Raises:
        RecipeError: there is no such pair; the message names the nearest sizes that have one.
    """
    times = image_size.bit_length() - 3
    if times < 1:
        raise RecipeError(
            f"image size {image_size} is too small for this network: "
            "a size is 4, 5, 6 or 7 doubled one or more times, and the smallest is 8"
        )
    base = image_size >> times
    if base << times != image_size:
        raise RecipeError(
            f"image size {image_size} does not fit this network: a size is 4, 5, 6 or 7 doubled one or more times, "
            f"and the nearest are {base << times} and {(base + 1) << times}"
        )
    return base, times


def require_positive(**parameters: int) -> None:
    """Check the whole numbers that a recipe gives to a network.

    Raises:
        RecipeError: one of them is not a whole number of at least 1.
    """
    for name, value in parameters.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise RecipeError(f"{name} is {value!r}, and must be a whole number of at least 1")


def doubling(wide: int, narrow: int, kernel: int, *, bias: bool = True) -> nn.ConvTranspose2d:
    """A transposed convolution of stride 2 that gives exactly twice the height and width; ``kernel`` is at least 2."""
    padding = (kernel - 1) // 2
    return nn.ConvTranspose2d(
        wide, narrow, kernel, stride=2, padding=padding, output_padding=2 + 2 * padding - kernel, bias=bias
    )


def halving(narrow: int, wide: int, kernel: int, *, bias: bool = True) -> nn.Conv2d:
    """A convolution of stride 2 that gives exactly half of an even height and width; ``kernel`` is at least 2."""
    return nn.Conv2d(narrow, wide, kernel, stride=2, padding=(kernel - 1) // 2, bias=bias)


def hidden_widths(width: int, times: int) -> list[int]:
    """Channels of the hidden layers of a pyramid, narrow to wide: one for each halving, and two at the least.

    The second layer of an image that halves only once keeps the size (``keeping``): with a single hidden layer,
    neither player could tell one handwritten digit from another.

    Args:
        width: of the layer nearest to the image.
        times: how often the image is halved.
    """
    return [width << i for i in range(max(times, 2))]


def scaled_width(image_size: int, paper_width: int, paper_size: int) -> int:
    """A paper's width at its own image size, in proportion at any other, and 32 at the least.

    A narrower image has fewer things in it, and with the width of a 64x64 network most of the time on an 8x8 image
    would go into channels that nothing needs.
    """
    return max(32, round(paper_width * image_size / paper_size))


def keeping(wide: int, narrow: int, *, bias: bool = True) -> nn.Conv2d:
    """A 3x3 convolution that keeps height and width."""
    return nn.Conv2d(wide, narrow, 3, padding=1, bias=bias)


def init_normal(module: nn.Module, std: float) -> None:
    """Draw the weights of a convolution or a dense layer from N(0, std) and zero its biases; leave others alone."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, 0.0, std)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


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

    def __init__(self, num_classes: int, image_size: int) -> None:
        super().__init__()
        self.image_size = image_size
        self.embed = nn.Embedding(num_classes, image_size * image_size)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """``(B, C, H, W)`` images, ``(B,)`` int64 labels -> ``(B, C + 1, H, W)``."""
        plane = self.embed(y).view(-1, 1, self.image_size, self.image_size)
        return torch.cat([x, plane], dim=1)
