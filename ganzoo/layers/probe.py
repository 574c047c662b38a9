"""The outputs of a discriminator, found by showing it something."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..errors import RecipeError
from ..interfaces import Discriminator
from ..interfaces.size import sides
from .evaluation_mode import evaluation_mode


@torch.no_grad()
def _shown(D: Discriminator, label: int) -> dict[str, Tensor]:
    """Return the verdict on two images that are the same every time, in evaluation mode, which leaves no trace."""
    parameter = next(D.parameters())
    shape = (2, D.channels, *sides(D.image_size))
    x = torch.linspace(-1, 1, math.prod(shape), device=parameter.device, dtype=parameter.dtype)
    y = torch.full((2,), label, device=parameter.device) if D.num_classes else None
    with evaluation_mode(D):
        return D(x.view(shape), y)


def output_shape(D: Discriminator, name: str) -> torch.Size:
    """Return the shape of one of the discriminator's outputs for one image, such as ``(F,)`` of ``features``."""
    return _shown(D, 0)[name].shape[1:]


def require_labels(D: Discriminator, who: str) -> int:
    """Return how many labels the game is played with.

    Args:
        D: the discriminator.
        who: the part that needs them, such as ``regularizer 'auxiliary-classifier'``.

    Raises:
        RecipeError: it is played without.
    """
    if not D.num_classes:
        raise RecipeError(f"{who} needs labels, and this recipe is not conditional: write conditional: true")
    return D.num_classes


def labels_of(y: Tensor | None) -> Tensor:
    """Give a turn's labels, of which ``require_labels`` has made sure that there are any."""
    assert y is not None
    return y


def require_blind(D: Discriminator, name: str, who: str) -> None:
    """Check that an output of the discriminator tells nothing of the label that comes with the image.

    A classifier on features that have seen the label would learn nothing about images.

    Raises:
        RecipeError: the output changes with the label.
    """
    if D.num_classes > 1 and not torch.equal(_shown(D, 0)[name], _shown(D, 1)[name]):
        raise RecipeError(
            f"{who} asks the discriminator's {name} for the label, and {type(D).__name__} puts the label into them: "
            "take one that does not, such as one with conditioning: none or conditioning: projection"
        )
