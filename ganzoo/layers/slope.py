"""Verdicts on a sample as a whole, and their slope there."""

from __future__ import annotations

import torch
from torch import Tensor

from ..samples import Sample, leaves


def per_sample(verdict: Tensor) -> Tensor:
    """Return the mean of what is said of each sample: ``(B, ...)`` -> ``(B,)``; of ``(B,)`` itself."""
    return verdict if verdict.ndim == 1 else verdict.flatten(1).mean(1)


def slope(verdict: Tensor, x: Sample) -> Tensor:
    """Return the gradient of each sample's verdict in all of its numbers, ``(B, D)``, to be differentiated again.

    Args:
        verdict: on ``x``, ``(B, ...)``; several numbers of a sample count as their mean.
        x: what it was made of; tensors that it does not depend on have the slope 0.
    """
    held = [tensor for tensor in leaves(x) if tensor.requires_grad]
    found = torch.autograd.grad(
        per_sample(verdict).sum(), held, create_graph=True, materialize_grads=True, allow_unused=True
    )
    return torch.cat([gradient.flatten(1) for gradient in found], dim=1)
