"""Sizes of networks: their numbers of parameters, counted without making their weights."""

import torch

from ...interfaces import Modality
from ...registry.registry import Registry
from ..recipe import Recipe
from .build import build_part

PLAYERS = ("generator", "discriminator")


def count_parameters(recipe: Recipe, registry: Registry, *, modality: Modality) -> dict[str, int]:
    """Count what each player is trained by; the terms' own parameters are not among it.

    Args:
        recipe: names the players.
        registry: knows them.
        modality: of the data; an unconditional recipe does not see their labels.

    Returns:
        Numbers of parameters, by ``generator`` and ``discriminator``.

    Raises:
        RecipeError: a player refuses these data or its parameters.
        PluginError: its constructor fails in a way of its own.
    """
    found = {}
    for kind in PLAYERS:
        with torch.device("meta"):  # weights without memory
            part = getattr(recipe, kind)
            player = build_part(registry, kind, part, modality=modality, conditional=recipe.conditional)
        found[kind] = sum(weight.numel() for weight in player.parameters() if weight.requires_grad)
    return found
