"""The outputs of a discriminator, found by showing it something."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ...errors import RecipeError
from ...interfaces import Discriminator, Modality
from ...interfaces.size import sides
from ...samples import Sample, each, pick
from .evaluation_mode import evaluation_mode


def _example(D: Discriminator) -> tuple[Any, Any]:
    """Return two samples, and the conditions that D is given with them or None, which are the same every time."""
    parameter, modality = next(D.parameters(), torch.zeros(())), _modality(D)
    if modality is None:
        shape = (2, D.channels, *sides(D.image_size))
        x = torch.linspace(-1, 1, math.prod(shape), device=parameter.device, dtype=parameter.dtype)
        return x.view(shape), torch.arange(2, device=parameter.device) % D.num_classes if D.num_classes else None
    row = {name: tensor.to(parameter.device) for name, tensor in modality.example().items()}
    rng = torch.Generator(parameter.device).manual_seed(0)
    played, y = modality.play(row, flips=False, rng=rng)
    return each(lambda t: t.to(parameter.dtype) if t.is_floating_point() else t, played), y if _conditional(D) else None


def _modality(D: Discriminator) -> Modality | None:
    """Return what the game is played on; None of a discriminator that was told of images alone."""
    modality: Modality | None = getattr(D, "modality", None)
    return modality


def _conditional(D: Discriminator) -> bool:
    """Say whether D sees conditions; one that was told of no classes does not."""
    return bool(getattr(D, "conditional", getattr(D, "num_classes", True)))


@torch.no_grad()
def example_verdict(D: Discriminator, condition: int = 0) -> tuple[dict[str, Tensor], Any]:
    """Return the verdict on two samples, in evaluation mode, which leaves no trace; and their conditions or None.

    Args:
        D: the discriminator.
        condition: that both samples come with, by its place among the example's.
    """
    x, y = _example(D)
    given = None if y is None else pick(y, torch.tensor([condition, condition]))
    with evaluation_mode(D):
        return D(x, given), given


def output_shape(D: Discriminator, name: str) -> torch.Size:
    """Return the shape of one of the discriminator's outputs for one sample, such as ``(F,)`` of ``features``."""
    return example_verdict(D)[0][name].shape[1:]


def require_images(D: Discriminator, who: str) -> torch.Size:
    """Return the shape of the images that the game is played on, ``(C, H, W)``.

    Args:
        D: the discriminator.
        who: the part that transforms images, such as ``regularizer 'rotation'``.

    Raises:
        RecipeError: a sample is no image: no lone tensor of such a shape.
    """
    x, _ = _example(D)
    if not isinstance(x, Tensor) or x.ndim != 4:
        name = getattr(_modality(D), "name", "unknown")
        raise RecipeError(
            f"{who} is for images, (channels, height, width), and samples of modality {name!r} are {_shape_of(x)}: "
            "leave it out"
        )
    return x.shape[1:]


def _shape_of(sample: Sample) -> str:
    if isinstance(sample, Mapping):
        return ", ".join(f"{name} {tuple(tensor.shape[1:])}" for name, tensor in sample.items())
    return f"{tuple(sample.shape[1:])}"


def require_labels(D: Discriminator, who: str) -> int:
    """Return how many labels the game is played with.

    Args:
        D: the discriminator.
        who: the part that needs them, such as ``regularizer 'auxiliary-classifier'``.

    Raises:
        RecipeError: it is played without.
    """
    if count := int(getattr(D, "num_classes", 0)):
        return count
    modality = _modality(D)
    if modality is not None and "num_classes" not in modality.offered:
        raise RecipeError(f"{who} needs class labels, and samples of modality {modality.name!r} have none")
    raise RecipeError(f"{who} needs labels, and this recipe is not conditional: write conditional: true")


def labels_of(y: Tensor | None) -> Tensor:
    """Give a turn's labels, of which ``require_labels`` has made sure that there are any."""
    assert y is not None
    return y


def require_blind(D: Discriminator, name: str, who: str) -> None:
    """Check that an output of the discriminator tells nothing of the label that comes with the sample.

    A classifier on features that have seen the label would learn nothing about samples.

    Raises:
        RecipeError: the output changes with the label.
    """
    if _conditional(D) and not torch.equal(*(example_verdict(D, i)[0][name] for i in (0, 1))):
        raise RecipeError(
            f"{who} asks the discriminator's {name} for the label, and {type(D).__name__} puts the label into them: "
            "take one that does not, such as one with conditioning: none or conditioning: projection"
        )
