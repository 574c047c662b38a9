"""Players tried on an example of the data, before they are played."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ...interfaces import Discriminator, Generator, Modality
from ...samples import leaves
from ...text import type_given


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
        given, real = _asked(player, modality, conditional)
        return not (_breach(player, given, real) or _misfit(player, given, real))
    except Exception:  # as above
        return False


def departure(player: nn.Module, modality: Modality, *, conditional: bool) -> tuple[str, bool]:
    """Say in a clause how what a network gives departs from its interface; nothing where it does not, or fails.

    Args:
        player: a generator or a discriminator; a copy is asked.
        modality: of the data.
        conditional: whether it sees conditions.

    Returns:
        the clause, and whether no data would allow it.
    """
    try:
        given, real = _asked(player, modality, conditional)
        breach = _breach(player, given, real)
        return breach or _misfit(player, given, real), bool(breach)
    except Exception:  # the run tells of it
        return "", False


@torch.no_grad()
def _asked(player: nn.Module, modality: Modality, conditional: bool) -> tuple[Any, Any]:
    """Return what a copy of a network gives for an example of the data, and the example as it is played."""
    real: Any
    y: Any
    real, y = modality.play(modality.example(), flips=False, rng=torch.Generator().manual_seed(0))
    y = y if conditional else None
    asked = copy.deepcopy(player).eval()
    if isinstance(asked, Generator):
        return asked(asked.sample_z(len(leaves(real)[0]), device="cpu"), y), real
    return asked(real, y), real


def _misfit(player: nn.Module, given: Any, real: Any) -> str:
    if not isinstance(player, Generator):
        return ""
    made, wanted = _shapes(given), _shapes(real)
    return "" if made == wanted else f"makes samples of shape {made}, and these data have {wanted}"


def _breach(player: nn.Module, given: Any, real: Any) -> str:
    if isinstance(player, Generator):
        return _mistyped(given, real)
    if isinstance(player, Discriminator):
        return _misjudged(player, given, len(leaves(real)[0]))
    return ""


def _mistyped(made: Any, real: Any) -> str:
    """Say in a clause how samples are not tensors like real ones, but for their shapes."""
    if isinstance(made, Mapping) != isinstance(real, Mapping):
        kind = "a dict of tensors" if isinstance(real, Mapping) else "a tensor"
        return f"gives {type_given(made)}, and must give {kind}"
    shared = [(made, real)]
    if isinstance(real, Mapping):
        shared = [(made[name], real[name]) for name in real if name in made]
    for value, wanted in shared:
        if not isinstance(value, Tensor):
            return f"gives {type_given(value)}, and must give a tensor"
        if value.dtype != wanted.dtype:
            return f"makes samples of {value.dtype}, and must make {wanted.dtype}: end with `.to({wanted.dtype})`"
    return ""


def _shapes(samples: Any) -> Any:
    """Return the shape of samples, by name where they have names."""
    if isinstance(samples, Mapping):
        return {name: tuple(tensor.shape) for name, tensor in samples.items()}
    return tuple(samples.shape)


def _misjudged(D: Discriminator, verdict: Any, batch: int) -> str:
    if not isinstance(verdict, Mapping):
        return f"gives {type_given(verdict)}, and must give a dict of tensors"
    if missing := sorted(D.outputs - verdict.keys()):
        return f"does not give {missing[0]!r}, which its outputs declare"
    for name, value in verdict.items():
        if not isinstance(value, Tensor):
            return f"gives {name!r} as {type_given(value)}, and must give a tensor"
        shape = tuple(value.shape)
        if shape[:1] != (batch,):
            return f"gives {name!r} of shape {shape} for {batch} samples, and must give a row for each"
    return ""
