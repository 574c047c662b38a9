"""Images halved and doubled in size, layer by layer."""

from __future__ import annotations

from torch import nn

from ..errors import RecipeError


def halvings(image_size: int) -> tuple[int, int]:
    """Return how often an image can be halved before it is 4 to 7 pixels wide.

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


def doubling(wide: int, narrow: int, kernel: int, *, bias: bool = True) -> nn.ConvTranspose2d:
    """Return a transposed convolution of stride 2 that gives exactly twice the height and width; ``kernel`` is at least
    2.
    """
    padding = (kernel - 1) // 2
    return nn.ConvTranspose2d(
        wide, narrow, kernel, stride=2, padding=padding, output_padding=2 + 2 * padding - kernel, bias=bias
    )


def halving(narrow: int, wide: int, kernel: int, *, bias: bool = True) -> nn.Conv2d:
    """Return a convolution of stride 2 that gives exactly half of an even height and width;
    ``kernel`` is at least 2.
    """
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
    """Return a paper's width at its own image size, in proportion at any other, and 32 at the least.

    A narrower image has fewer things in it, and with the width of a 64x64 network most of the time on an 8x8 image
    would go into channels that nothing needs.
    """
    return max(32, round(paper_width * image_size / paper_size))


def keeping(wide: int, narrow: int, *, bias: bool = True) -> nn.Conv2d:
    """Return a 3x3 convolution that keeps height and width."""
    return nn.Conv2d(wide, narrow, 3, padding=1, bias=bias)
