"""Players tried on an example of the data, before they are played."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from ...interfaces import Discriminator, Generator, Modality
from ...samples import leaves


def is_built(make: Callable[..., Any], given: Mapping[str, Any]) -> bool:
    """Say whether a network can be made of these arguments."""
    try:
        make(**given)
    except Exception:  # a stranger's code may fail in any way
        return False
    return True


def plays(player: nn.Module, modality: Modality, *, conditional: bool) -> bool:
    """Say whether a network makes or judges such data; a copy is asked, so that it stays as it was.

    Args:
        player: a generator or a discriminator.
        modality: of the data.
        conditional: whether it sees conditions.
    """
    try:
        return not _misfit(player, modality, conditional)
    except Exception:  # as above
        return False


def misfit(player: nn.Module, modality: Modality, *, conditional: bool) -> str:
    """Say in a clause how what a network gives departs from its interface; nothing where it does not, or fails.

    Args:
        player: a generator or a discriminator; a copy is asked.
        modality: of the data.
        conditional: whether it sees conditions.
    """
    try:
        return _misfit(player, modality, conditional)
    except Exception:  # the run tells of it
        return ""


@torch.no_grad()
def _misfit(player: nn.Module, modality: Modality, conditional: bool) -> str:
    real: Any
    y: Any
    real, y = modality.play(modality.example(), flips=False, rng=torch.Generator().manual_seed(0))
    y = y if conditional else None
    asked = copy.deepcopy(player).eval()
    batch = len(leaves(real)[0])
    if isinstance(asked, Generator):
        made = asked(asked.sample_z(batch, device="cpu"), y)
        given, wanted = _shapes(made), _shapes(real)
        return "" if given == wanted else f"makes samples of shape {given}, and these data have {wanted}"
    if isinstance(asked, Discriminator):
        return _misjudged(asked, asked(real, y), batch)
    return ""


def _shapes(samples: Any) -> Any:
    """Return the shape of samples, by name where they have names."""
    if isinstance(samples, Mapping):
        return {name: tuple(tensor.shape) for name, tensor in samples.items()}
    return tuple(samples.shape)


def _misjudged(D: Discriminator, verdict: Any, batch: int) -> str:
    if not isinstance(verdict, Mapping):
        return f"gives a {type(verdict).__name__}, and must give a dict of tensors"
    if missing := sorted(D.outputs - verdict.keys()):
        return f"does not give {missing[0]!r}, which its outputs declare"
    for name, value in verdict.items():
        shape = tuple(value.shape)
        if shape[:1] != (batch,):
            return f"gives {name!r} of shape {shape} for {batch} samples, and must give a row for each"
    return ""
