"""Distances between points, and between the two samples that they make up."""

from __future__ import annotations

import torch
from torch import Tensor

TINY = 1e-12  # a square below which a length is 0, so that the slope of the root stays finite


def lengths(a: Tensor) -> Tensor:
    """Euclidean norms over the last dimension; where it is 0, so is the gradient."""
    squares = a.square().sum(dim=-1)
    return torch.where(squares > TINY, squares.clamp(min=TINY).sqrt(), 0.0)


def pairwise(a: Tensor, b: Tensor) -> Tensor:
    """``(N, F)``, ``(M, F)`` -> ``(N, M)``, the Euclidean distances."""
    return lengths(a[:, None] - b[None])


def mean_to_others(distances: Tensor) -> Tensor:
    """``(N, M)`` -> ``(N,)``, the mean of each row without its diagonal entry, which belongs to a point itself."""
    others = 1 - torch.eye(*distances.shape, dtype=distances.dtype, device=distances.device)
    return (distances * others).sum(dim=1) / max(distances.shape[1] - 1, 1)


def energy_distance(a: Tensor, b: Tensor) -> Tensor:
    """Give an unbiased estimate of 2 E|A - B| - E|A - A'| - E|B - B'| from samples ``(N, F)`` and ``(M, F)``, a scalar.

    In one dimension it is twice the integral of the squared difference of the two distribution functions.
    """
    within = mean_to_others(pairwise(a, a)).mean() + mean_to_others(pairwise(b, b)).mean()
    return 2 * pairwise(a, b).mean() - within
