"""Numbers of two views: how far samples are from the data for the extractor, and how far by their own numbers."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .evidence import Evidence

DIMENSIONS = 64  # directions of the real rows that a distance is taken in, at most
SLACK = 0.05  # of the real spread: a distance that is called small
LEAST = 0.01  # of the real variance: likewise
SPLITS = 64  # of the real rows, whose halves' distances are the distribution of a distance by chance


def frechet(fake: Tensor, real: Tensor) -> float:
    """Take the squared Fréchet distance of Gaussians fitted to rows, over the real variance.

    It is exact in the ``DIMENSIONS`` directions in which real rows vary most; beyond them the roots of both energies
    alone are compared, so that it takes no root of a large matrix.

    Args:
        fake: ``(N, F)``.
        real: ``(M, F)``.
    """
    real, fake = real.double(), fake.double()
    centre = real.mean(dim=0)
    values, directions = torch.linalg.eigh((real - centre).T.cov().reshape(real.shape[1], -1))
    values = values.clamp(min=0)
    held, basis = values[-DIMENSIONS:], directions[:, -DIMENSIONS:]
    there = (fake - centre) @ basis
    covariance = there.T.cov().reshape(len(held), -1)
    root = held.sqrt()
    shared = torch.linalg.eigvalsh(root[:, None] * covariance * root).clamp(min=0).sqrt().sum()
    outside = ((fake - centre).square().sum(dim=1) - there.square().sum(dim=1)).clamp(min=0).sum() / (len(fake) - 1)
    beyond = (outside.sqrt() - (values.sum() - held.sum()).clamp(min=0).sqrt()).square()
    inside = there.mean(dim=0).square().sum() + held.sum() + covariance.diagonal().sum() - 2 * shared
    return max(0.0, float(inside + beyond)) / max(1e-12, float(values.sum()))


def by_chance(real: Tensor) -> tuple[float, float]:
    """Return the mean Fréchet distance of two random halves of rows, and how many degrees of freedom it has.

    A distance by chance is a sum of squares: as that of chi-squared with ``k`` degrees of freedom, its variance is
    ``2 / k`` times its squared mean. Points of a plane have few, so that two halves may be ten times as near as others;
    beyond ``DIMENSIONS`` features one split is taken, and the distance for one without variance.

    Args:
        real: ``(M, F)``.

    Returns:
        the mean, over the real variance, and the degrees of freedom.
    """
    rng = torch.Generator().manual_seed(2)
    splits = range(SPLITS if real.shape[1] <= DIMENSIONS else 1)
    halves = [torch.randperm(len(real), generator=rng).chunk(2) for _ in splits]
    draws = torch.tensor([frechet(real[one], real[other]) for one, other in halves], dtype=torch.float64)
    mean, variance = float(draws.mean()), float(draws.var()) if len(draws) > 1 else 0.0
    return mean, 2 * mean**2 / variance if variance else math.inf


def chance(ratio: float, freedom: float) -> float:
    """Return how often a distance by chance is at most ``ratio`` times its mean; 0 or 1 where it has no variance."""
    if math.isinf(freedom):
        return float(ratio >= 1)
    half = torch.tensor(freedom / 2, dtype=torch.float64)
    return float(torch.special.gammainc(half, half * ratio))


def measure(evidence: Evidence, distance: float | None) -> dict[str, float]:
    """Measure whether the extractor sees samples nearer to the data than they are.

    ``seen_distance`` is the Fréchet distance of the features over their variance, and ``fresh`` what as many fresh real
    samples would have: the distance of two random halves of the real rows, over the numbers of samples. ``by_chance``
    is how often fresh real samples come as near.

    ``overrated`` is the sum of two signs that what is right in the extractor's eyes is strange beside the data. One is
    of single samples: by how much they are too far from the row nearest to them, as a part of the real rows' distance,
    over the root of ``seen_distance``. The other is of all of them: the logarithm of how many times the Fréchet
    distance of their own numbers, ``own_view``, is that of the features. Honest generators have a high one at most:
    poor ones the first, where both distances are large, and those with few different samples the second.

    Args:
        evidence: on the generator.
        distance: the median distance of a sample to its nearest training row, over that of real rows; None without.
    """
    features, real = evidence.seen.get("features"), evidence.seen_training.get("features")
    if features is None or real is None or min(len(features), len(real)) < 4:
        return {}
    seen = frechet(features, real)
    halves, freedom = by_chance(real)
    fresh = halves * (1 / len(features) + 1 / len(real)) * len(real) / 4
    numbers = {"seen_distance": seen, "fresh": fresh, "by_chance": chance(seen / fresh if fresh else 1.0, freedom)}
    if evidence.are_images and distance is not None:
        numbers["own_view"] = frechet(evidence.rows, evidence.training_rows)
        single = max(0.0, distance - 1) / (seen**0.5 + SLACK)
        numbers["overrated"] = single + math.log((numbers["own_view"] + LEAST) / (seen + LEAST))
    return numbers
