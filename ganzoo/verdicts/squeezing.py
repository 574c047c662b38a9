"""Numbers of squeezed images: whether the extractor's distance lasts once fine changes are taken from images."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

from .evidence import Evidence
from .views import LEAST, frechet

MOST = 2_000  # images of each kind
NUMBERS = 3 * 64 * 64  # of an image, at most
KEPT = 0.9  # of the real images' variance, that their main directions hold


def measure(evidence: Evidence) -> dict[str, float]:
    """Measure by how much the extractor's distance grows once fine changes are taken from both sets.

    They are taken in two ways. ``squeezed_main`` is the logarithm of how many times the Fréchet distance of the
    features is that of before, after generated and real images were projected on the principal components that hold
    ``KEPT`` of the real ones' variance; ``squeezed_smooth`` likewise after both were smoothed. ``squeezed`` is the mean
    of the two. Of honest samples it is about 0 or below: part of what is wrong with them goes as well. What was
    optimised against an extractor has its improvement in fine changes, and loses it.

    Sources: W. Xu, D. Evans and Y. Qi, "Feature squeezing" (arXiv:1704.01155), for whom an input is adversarial where
    the prediction does not outlast a simplification; D. Hendrycks and K. Gimpel, "Early methods for detecting
    adversarial images" (arXiv:1608.00530), who find such images by their principal components of least variance.
    """
    features, real = evidence.seen.get("features"), evidence.seen_training.get("features")
    if features is None or real is None or evidence.look is None or not evidence.are_images:
        return {}
    fake_images, real_images = evidence.generated[:MOST], evidence.training[: min(MOST, len(real))]
    if min(len(fake_images), len(real_images)) < 4 or fake_images[0].numel() > NUMBERS:
        return {}
    before = frechet(features[:MOST], real[: len(real_images)])
    centre, basis = _main(real_images)
    look_at_data = evidence.look_at_data or evidence.look
    numbers: dict[str, float] = {}
    for name, squeeze in (("main", lambda images: _projected(images, centre, basis)), ("smooth", _smoothed)):
        fake, real = evidence.look(squeeze(fake_images))["features"], look_at_data(squeeze(real_images))["features"]
        numbers[f"squeezed_{name}"] = math.log((frechet(fake, real) + LEAST) / (before + LEAST))
    return numbers | {"squeezed": sum(numbers.values()) / len(numbers)}


def _main(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean ``(D,)`` and the orthonormal directions ``(D, k)`` that hold ``KEPT`` of the variance."""
    rows = images.flatten(1).double()
    centre = rows.mean(dim=0)
    rows = rows - centre
    few = len(rows) < rows.shape[1]  # then the matrix of inner products is the smaller one
    values, vectors = torch.linalg.eigh(rows @ rows.T if few else rows.T @ rows)
    values, vectors = values.clamp(min=0).flip(0), vectors.flip(1)
    held = values.cumsum(dim=0)
    k = int((held < KEPT * held[-1]).sum()) + 1
    main = vectors[:, :k]
    return centre, rows.T @ main / values[:k].sqrt() if few else main


def _projected(images: Tensor, centre: Tensor, basis: Tensor) -> Tensor:
    rows = images.flatten(1).double() - centre
    there = rows @ basis @ basis.T + centre
    return there.round().clamp(0, 255).to(torch.uint8).view_as(images)


def _smoothed(images: Tensor) -> Tensor:
    """Return images under the binomial filter of three by three pixels, edge pixels repeated."""
    wide = pad(images.float(), (1, 1, 1, 1), mode="replicate")
    wide = (wide[..., :-2] + 2 * wide[..., 1:-1] + wide[..., 2:]) / 4
    wide = (wide[..., :-2, :] + 2 * wide[..., 1:-1, :] + wide[..., 2:, :]) / 4
    return wide.round().to(torch.uint8)
