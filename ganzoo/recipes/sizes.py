"""Sizes of networks: their numbers of parameters, counted without making their weights."""

import torch

from ..interfaces.size import Size, sides, size_of
from ..registry.registry import Registry
from .build import build_part
from .recipe import Recipe

PLAYERS = ("generator", "discriminator")


def count_parameters(
    recipe: Recipe, registry: Registry, *, image_size: Size, channels: int, num_classes: int
) -> dict[str, int]:
    """Count what each player is trained by; the terms' own parameters are not among it.

    Args:
        recipe: names the players.
        registry: knows them.
        image_size: height and width in pixels: one number for squares, else both.
        channels: of the images.
        num_classes: labels of the data; an unconditional recipe does not see them.

    Returns:
        Numbers of parameters, by ``generator`` and ``discriminator``.

    Raises:
        RecipeError: a player refuses these images or its parameters.
        PluginError: its constructor fails in a way of its own.
    """
    size, classes = size_of(*sides(image_size)), num_classes if recipe.conditional else 0
    found = {}
    for kind in PLAYERS:
        with torch.device("meta"):  # weights without memory
            player = build_part(
                registry, kind, getattr(recipe, kind), image_size=size, channels=channels, num_classes=classes
            )
        found[kind] = sum(weight.numel() for weight in player.parameters() if weight.requires_grad)
    return found
