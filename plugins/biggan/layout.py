"""Channels of all four networks, the place of attention, and initial weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from torch import nn

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Size
from ganzoo.layers import attended_map, require_choice, shorter

ATTENDED = 64  # the height of the map that attends to itself at 128x128 and 256x256
SMALL = 64  # images of fewer pixels are made as in the authors' PyTorch code for CIFAR-10
STD = 0.02  # of weights there
INITS = ("orthogonal", "normal")

# Multiples of the width from the base to the image, by doublings: from 64x64 on the paper's (app. B), and below
# those of the authors' code for CIFAR-10.
_PYRAMIDS = {
    1: (4, 4),
    2: (4, 4, 4),
    3: (4, 4, 4, 4),
    4: (16, 16, 8, 4, 2),
    5: (16, 16, 8, 4, 2, 1),
    6: (16, 16, 8, 8, 4, 2, 1),
    7: (16, 16, 8, 8, 4, 2, 1, 1),
}


def default_width(image_size: Size, paper_width: int, least: int) -> int:
    """Give a paper's width from 64x64 on, 64 at 32x32 as in the authors' code, below that by the number of pixels.

    Args:
        image_size: height and width of the images, of which the shorter side counts.
        paper_width: the paper's ``ch``.
        least: of images however small. Their blocks have four times as many channels.
    """
    side = shorter(image_size)
    return paper_width if side >= SMALL else min(64, max(least, side**2 // 16))


def pyramid(width: int, times: int) -> list[int]:
    """Channels of the maps of a generator: of the base, and behind each doubling.

    Args:
        width: the paper's ``ch``.
        times: how often the base is doubled.

    Raises:
        RecipeError: the image is larger than any in the paper.
    """
    if times not in _PYRAMIDS:
        raise RecipeError(
            "a biggan network makes images of up to 896 pixels: a size is 4, 5, 6 or 7 doubled 1 to 7 times"
        )
    return [width * multiple for multiple in _PYRAMIDS[times]]


def halving_widths(width: int, times: int) -> list[int]:
    """Channels of the maps of a discriminator, the first one's and what each further block gives.

    Those of a generator from the image on; at 64x64, where a generator ends with twice the width, the width and its
    doubles.

    Source: arXiv:1809.11096, app. B; for 64x64 and less, which the paper does not have, the authors' PyTorch code.

    Args:
        width: the paper's ``ch``.
        times: how often the image can be halved.

    Raises:
        RecipeError: the image is larger than any in the paper.
    """
    return [width << i for i in range(5)] if times == 4 else pyramid(width, times)[::-1]


def halving_times(times: int) -> int:
    """Count a discriminator's halvings: down to the base, and of small images to twice that, if they can be halved.

    The authors' network for CIFAR-10 stops at 8x8, as that of arXiv:1802.05957 does.
    """
    return times if times > 3 else max(1, times - 1)


def attention_place(size: int | None, maps: Iterable[int], image_size: Size) -> int:
    """Give the shorter side of the map that attends to itself, or 0.

    Source: arXiv:1809.11096, app. B; the authors' PyTorch code has none in images of less than 64 pixels, as the map
        of 64 that its default names is not there, and its script for CIFAR-10 says so besides (``--G_attn 0``).

    Args:
        size: what the recipe says; None for 64 or, of 64x64, half the image, and 0 below that.
        maps: the shorter sides of the maps that there are.
        image_size: height and width of the images, of which the shorter side counts.

    Raises:
        RecipeError: there is no such map.
    """
    return 0 if size is None and shorter(image_size) < SMALL else attended_map(size, maps, ATTENDED)


def initialiser(name: str | None, image_size: Size) -> Callable[[nn.Module], None]:
    """Give what sets a layer's first weights.

    Args:
        name: ``orthogonal`` or ``normal``; None for the first from 64x64 on, and the second below that.
        image_size: height and width of the images, of which the shorter side counts.

    Raises:
        RecipeError: there is none of this name.
    """
    name = name or ("orthogonal" if shorter(image_size) >= SMALL else "normal")
    require_choice(INITS, init=name)
    return init_orthogonal if name == "orthogonal" else init_small


def init_orthogonal(module: nn.Module) -> None:
    """Orthogonal weights of convolutions, dense layers and embeddings; biases zero.

    A kernel is read as the matrix of its output channels by everything else.

    Source: arXiv:1809.11096, app. C.
    """
    if isinstance(module, nn.Conv2d | nn.Linear | nn.Embedding):
        nn.init.orthogonal_(module.weight)
    if isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)


def init_small(module: nn.Module) -> None:
    """Weights of convolutions, dense layers and embeddings from N(0, 0.02); biases as torch's own layers have them.

    Source: the authors' PyTorch code, ``--G_init N02 --D_init N02`` of its script for CIFAR-10.
    """
    if isinstance(module, nn.Conv2d | nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, 0.0, STD)
