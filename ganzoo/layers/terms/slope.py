"""Verdicts on a sample as a whole, and their slope there."""

from __future__ import annotations

import torch
from torch import Tensor

from ...samples import Sample, leaves


def per_sample(verdict: Tensor) -> Tensor:
    """Return the mean of what is said of each sample: ``(B, ...)`` -> ``(B,)``; of ``(B,)`` itself."""
    return verdict if verdict.ndim == 1 else verdict.flatten(1).mean(1)


def slope(verdict: Tensor, x: Sample) -> Tensor:
    """Return the gradient of each sample's verdict in all of its numbers, ``(B, D)``, to be differentiated again.

    Args:
        verdict: on ``x``, ``(B, ...)``; several numbers of a sample count as their mean, so that a penalty on the slope
            is as strong whatever their number: a loss averages over patches, and that mean is the critic that it
            speaks of. Several heads are several critics, of each of which the engine takes a penalty by itself. Each
            may depend on its own sample alone: where samples mix, as in batch normalisation, the gradient is that of
            the sum.
        x: what it was made of; tensors that it does not depend on have the slope 0, and those that do not require grad
            are left out.
    """
    found = [gradient.reshape(len(gradient), -1) for gradient in _gradients(verdict, x)]
    return found[0] if len(found) == 1 else torch.cat(found, dim=1)


def squared_slope(verdict: Tensor, x: Sample) -> Tensor:
    """Return the squared length of ``slope``, ``(B,)``, without a copy of the gradient.

    Args:
        verdict: see ``slope``.
        x: see ``slope``.
    """
    first, *others = (_sum_of_squares(gradient) for gradient in _gradients(verdict, x))
    return sum(others, start=first)


def _gradients(verdict: Tensor, x: Sample) -> tuple[Tensor, ...]:
    held = [tensor for tensor in leaves(x) if tensor.requires_grad]
    return torch.autograd.grad(
        per_sample(verdict).sum(), held, create_graph=True, materialize_grads=True, allow_unused=True
    )


def _sum_of_squares(gradient: Tensor) -> Tensor:
    squares = gradient.square()
    return squares if squares.ndim == 1 else squares.sum(dim=tuple(range(1, squares.ndim)))
