"""Sizes of networks: their numbers of parameters, counted without making their weights."""

import torch

from ..interfaces import Modality
from ..interfaces.size import Size
from ..registry.registry import Registry
from .build import build_part
from .old_shapes import modality_of_shape
from .recipe import Recipe

PLAYERS = ("generator", "discriminator")


def count_parameters(
    recipe: Recipe,
    registry: Registry,
    *,
    modality: Modality | None = None,
    image_size: Size = 0,
    channels: int = 0,
    num_classes: int = 0,
) -> dict[str, int]:
    """Count what each player is trained by; the terms' own parameters are not among it.

    Args:
        recipe: names the players.
        registry: knows them.
        modality: of the data.
        image_size: in place of a modality, of images: height and width in pixels, one number for squares, else both.
        channels: likewise, of the images.
        num_classes: likewise, labels of the data; an unconditional recipe does not see them.

    Returns:
        Numbers of parameters, by ``generator`` and ``discriminator``.

    Raises:
        RecipeError: a player refuses these data or its parameters.
        PluginError: its constructor fails in a way of its own.
    """
    if modality is None:
        modality = modality_of_shape(image_size, channels, num_classes, registry)
    found = {}
    for kind in PLAYERS:
        with torch.device("meta"):  # weights without memory
            part = getattr(recipe, kind)
            player = build_part(registry, kind, part, modality=modality, conditional=recipe.conditional)
        found[kind] = sum(weight.numel() for weight in player.parameters() if weight.requires_grad)
    return found
