"""The distance that feature matching is about."""

from __future__ import annotations

from torch import Tensor

from ganzoo.interfaces import Turn
from ganzoo.layers import batch_mean


def feature_distance(turn: Turn) -> Tensor:
    """||E f(real) - E f(fake)||^2 with f the discriminator's ``features``, a scalar of at least 0.

    Source: arXiv:1606.03498, sec. 3.1.
    """
    real = batch_mean(turn.on_real["features"].flatten(1).mean(0).detach())
    fake = batch_mean(turn.on_fake["features"].flatten(1).mean(0))
    return (real - fake).square().sum()
