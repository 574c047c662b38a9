"""Players tried on an example of the data, before they are played."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from ...interfaces import Discriminator, Generator, Modality
from ...samples import each, leaves


def is_built(make: Callable[..., Any], given: Mapping[str, Any]) -> bool:
    """Say whether a network can be made of these arguments."""
    try:
        make(**given)
    except Exception:  # a stranger's code may fail in any way
        return False
    return True


@torch.no_grad()
def plays(player: nn.Module, modality: Modality, *, conditional: bool) -> bool:
    """Say whether a network makes or judges such data; a copy is asked, so that it stays as it was.

    Args:
        player: a generator or a discriminator.
        modality: of the data.
        conditional: whether it sees conditions.
    """
    real: Any
    y: Any
    real, y = modality.play(modality.example(), flips=False, rng=torch.Generator().manual_seed(0))
    y = y if conditional else None
    try:
        asked = copy.deepcopy(player).eval()
        if isinstance(asked, Generator):
            made = asked(asked.sample_z(len(leaves(real)[0]), device="cpu"), y)
            return bool(each(lambda tensor: tensor.shape, made) == each(lambda tensor: tensor.shape, real))
        if isinstance(asked, Discriminator):
            asked(real, y)
    except Exception:  # as above
        return False
    return True
