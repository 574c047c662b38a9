"""Operations on samples. A sample, a condition and a row at rest are a tensor or named tensors, one level deep.

A lone tensor stays one: a part that was written for tensors sees a mapping only where its modality has names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

Sample = Tensor | Mapping[str, Tensor]
"""``(B, ...)``, or tensors ``(B, ...)`` by name, all of one ``B``."""


def each(f: Callable[..., Tensor], *samples: Any) -> Any:
    """Apply ``f`` to the tensors of one name of all samples; gives a sample of the same names.

    Of None, which stands for no condition, None.
    """
    first = samples[0]
    if isinstance(first, Mapping):
        return {name: f(*(sample[name] for sample in samples)) for name in first}
    return None if first is None else f(*samples)


def leaves(sample: Sample | None) -> list[Tensor]:
    """Return the tensors of a sample, in their order; none of None."""
    if sample is None:
        return []
    return list(sample.values()) if isinstance(sample, Mapping) else [sample]


def size(sample: Sample) -> int:
    """Return how many there are in a batch, ``B``."""
    return len(leaves(sample)[0])


def pick(sample: Any, index: Tensor) -> Any:
    """Return those at ``index``, ``(K,)`` int64; of None, None."""
    return each(lambda tensor: tensor[index], sample)


def join(first: Any, second: Any) -> Any:
    """Return the batch of the first sample and then the second, of the same names; of None, None."""
    return each(lambda a, b: torch.cat([a, b]), first, second)


def flat(sample: Sample) -> Tensor:
    """Return all numbers of each side by side, ``(B, D)``."""
    return torch.cat([tensor.flatten(1) for tensor in leaves(sample)], dim=1)


def detached(sample: Any) -> Any:
    """Return the sample without its graph."""
    return each(lambda tensor: tensor.detach(), sample)


def differentiable(sample: Any) -> Any:
    """Return the sample, of which all floating tensors require grad; one that does already keeps its graph."""

    def required(tensor: Tensor) -> Tensor:
        if tensor.requires_grad or not tensor.is_floating_point():
            return tensor
        return tensor.detach().requires_grad_()

    return each(required, sample)


def along(draws: Tensor, tensor: Tensor) -> Tensor:
    """View ``(B,)`` draws, one for each sample, so that they broadcast over a tensor ``(B, ...)``."""
    return draws.view(-1, *[1] * (tensor.ndim - 1))
