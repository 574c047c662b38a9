"""Numbers of two views: how far samples are from the data for the extractor, and how far by their own numbers."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .evidence import Evidence

DIMENSIONS = 64  # directions of the real rows that a distance is taken in, at most
SLACK = 0.05  # of the real spread: a distance that is called small
LEAST = 0.01  # of the real variance: likewise


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


def measure(evidence: Evidence, distance: float | None) -> dict[str, float]:
    """Measure whether the extractor sees samples nearer to the data than they are.

    ``seen_distance`` is the Fréchet distance of the features over their variance, and ``fresh`` what as many fresh real
    samples would have: the distance of two random halves of the real rows, over the numbers of samples.

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
    one, other = torch.randperm(len(real), generator=torch.Generator().manual_seed(2)).chunk(2)
    noise = 1 / len(features) + 1 / len(real)
    numbers = {"seen_distance": seen, "fresh": frechet(real[one], real[other]) * noise * len(real) / 4}
    if evidence.are_images and distance is not None:
        numbers["own_view"] = frechet(evidence.rows, evidence.training_rows)
        single = max(0.0, distance - 1) / (seen**0.5 + SLACK)
        numbers["overrated"] = single + math.log((numbers["own_view"] + LEAST) / (seen + LEAST))
    return numbers
