"""Images halved and doubled in size, layer by layer."""

from __future__ import annotations

from itertools import product

from torch import nn

from ...errors import RecipeError
from ...interfaces.size import Size, as_text, sides, size_of


def halvings(image_size: int) -> tuple[int, int]:
    """Return how often a square image can be halved before it is 4 to 7 pixels wide; see ``doublings`` for any image.

    Args:
        image_size: height and width in pixels.

    Returns:
        ``(base, times)`` with ``image_size == base * 2 ** times``, ``4 <= base <= 7`` and ``times >= 1``.

    Raises:
        RecipeError: there is no such pair; the message names the nearest sizes that have one.
    """
    times = image_size.bit_length() - 3
    if times < 1:
        if image_size == 1:
            raise RecipeError(
                "this network is for images of 8 or more pixels a side, and the data are points (images of one pixel "
                "count as points): choose other data, such as --data digits"
            )
        raise RecipeError(
            f"image size {image_size} is too small for this network: a size is 4, 5, 6 or 7 doubled one or more times, "
            "and the smallest is 8; --size 8 --crop center gives it"
        )
    base = image_size >> times
    below, above = base << times, (base + 1) << times
    if below != image_size:
        raise RecipeError(
            f"image size {image_size} does not fit this network: a size is 4, 5, 6 or 7 doubled one or more times, "
            f"and the nearest are {below} and {above}; --size {below} --crop center gives the first"
        )
    return base, times


def doublings(image_size: Size) -> tuple[tuple[int, int], int]:
    """Return the height and width that a network begins with or ends in, and how often they are doubled.

    The shorter side decides, as if the image were the square of it: it is doubled from 4, 5, 6 or 7 pixels, and the
    other side as often from whatever it takes. So 64x32 is 8x4 doubled 3 times, and 96x64 is 6x4 doubled 4 times.

    Args:
        image_size: one number for a square, else ``(height, width)``.

    Returns:
        ``((h, w), times)`` with ``4 <= min(h, w) <= 7`` and ``times >= 1``.

    Raises:
        RecipeError: there is no such pair; the message names the nearest sizes that have one.
    """
    if isinstance(image_size, int):
        base, times = halvings(image_size)
        return (base, base), times
    height, width = image_size
    times = shorter(image_size).bit_length() - 3
    rule = "the shorter side is 4, 5, 6 or 7 doubled one or more times, and the other side a number doubled as often"
    if times < 1:
        raise RecipeError(
            f"image size {as_text(image_size)} is too small for this network: {rule}, and the smallest side is 8; "
            "--size 8 --crop center gives squares of it"
        )
    if (height | width) % (1 << times):
        first, second = (as_text(size_of(*size)) for size in _nearest(image_size, times))
        raise RecipeError(
            f"image size {as_text(image_size)} does not fit this network: {rule}, "
            f"and the nearest are {first} and {second}; --size {first} --crop center gives the first"
        )
    return (height >> times, width >> times), times


def _nearest(image_size: tuple[int, int], times: int) -> list[tuple[int, int]]:
    """Return the two sizes next to one that does not fit whose sides can be halved so often, and as squares can be."""
    step = 1 << times

    def fits(size: tuple[int, int]) -> bool:
        return all(side % (1 << (min(size).bit_length() - 3)) == 0 for side in size)

    def apart(size: tuple[int, int]) -> int:
        return sum(abs(a - b) for a, b in zip(size, image_size, strict=True))

    high, wide = ({side // step * step + more * step for more in range(3)} for side in image_size)
    return sorted((size for size in product(high, wide) if fits(size)), key=lambda size: (apart(size), size))[:2]


def shorter(image_size: Size) -> int:
    """Return the shorter side, which is that of a square."""
    return min(sides(image_size))


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


def scaled_width(image_size: Size, paper_width: int, paper_size: int) -> int:
    """Return a paper's width at its own image size, in proportion at any other, and 32 at the least.

    Of rectangles the shorter side counts.

    A narrower image has fewer things in it, and with the width of a 64x64 network most of the time on an 8x8 image
    would go into channels that nothing needs.
    """
    return max(32, round(paper_width * shorter(image_size) / paper_size))


def keeping(wide: int, narrow: int, *, bias: bool = True) -> nn.Conv2d:
    """Return a 3x3 convolution that keeps height and width."""
    return nn.Conv2d(wide, narrow, 3, padding=1, bias=bias)
