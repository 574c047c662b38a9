"""The dense layer that classifies features."""

from __future__ import annotations

from torch import nn

from ganzoo.interfaces import Discriminator
from ganzoo.layers import output_shape, require_blind, require_labels


def make_head(D: Discriminator, who: str, times: int = 1) -> nn.Linear:
    """Give a dense layer from D's features to ``times`` logits for each class.

    Args:
        D: the discriminator.
        who: the part that asks, for the refusal.
        times: how many logits a class has.

    Raises:
        RecipeError: the game has no labels, or D's features have seen them.
    """
    classes = require_labels(D, who)
    require_blind(D, "features", who)
    return nn.Linear(output_shape(D, "features").numel(), times * classes)
