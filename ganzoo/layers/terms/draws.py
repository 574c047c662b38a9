"""Draws for samples, one number each."""

from __future__ import annotations

import torch
from torch import Tensor

from ...samples import Sample, leaves, size


def one_draw_each(x: Sample, rng: torch.Generator) -> Tensor:
    """Draw a number in [0, 1) for each sample, ``(B,)``, in the precision of its first floating tensor."""
    like = next(tensor for tensor in leaves(x) if tensor.is_floating_point())
    return torch.rand(size(x), device=like.device, dtype=like.dtype, generator=rng)
