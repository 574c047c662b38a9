"""The weights of a player, read as matrices."""

from __future__ import annotations

from typing import Any, cast

from torch import Tensor, nn
from torch.nn.utils import parametrize

TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, *TRANSPOSED)  # of series, images and volumes
LAYERS = (*CONVOLUTIONS, nn.Linear, nn.Embedding)


def matrices(player: nn.Module, kinds: tuple[type[nn.Module], ...] = LAYERS) -> list[Tensor]:
    """Return the weights that a player learns in layers of these kinds, ``(outputs, the rest)`` each.

    Where a weight is made of another one, as by spectral normalisation, it is that other one that is learned.

    Args:
        player: whose weights.
        kinds: convolutions, dense layers and embeddings, or some of them.
    """
    found: list[Tensor] = []
    for layer in player.modules():
        if not isinstance(layer, kinds):
            continue
        parametrized = parametrize.is_parametrized(layer, "weight")
        weight = cast(Any, layer).parametrizations.weight.original if parametrized else layer.weight
        weight = cast(Tensor, weight)
        if weight.requires_grad:
            rows = weight.transpose(0, 1) if isinstance(layer, TRANSPOSED) else weight
            found.append(rows.flatten(1))
    return found
