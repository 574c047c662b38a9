"""What a generator's samples look like in one PNG: a grid of images, or a scatter of points."""

import numpy as np
from torch import Tensor

from ..data.pixels import are_points
from .fitted import Fitted
from .grid import grid_png
from .points import points_png

IMAGES = 64
POINTS = 2_500


def shown(points: bool) -> int:
    """How many samples a picture shows unless somebody says how many."""
    return POINTS if points else IMAGES


def picture_of(fitted: Fitted, n: int | None = None, seed: int = 0) -> bytes:
    """The PNG of ``n`` samples of a generator as it stands; of points over as many real ones.

    Args:
        fitted: the run.
        n: None for as many as the pictures of runs show.
        seed: of the noise.

    Raises:
        DivergedError: the samples are no longer numbers.
    """
    n = n or shown(fitted.spec.image_set().points)
    samples = fitted.pictures(n, seed)
    return points_png(samples.numpy(), fitted.real(n).numpy()) if are_points(samples) else grid_png(samples.numpy())


def picture_of_real(real: Tensor) -> bytes:
    """The PNG of some real samples ``(N, C, H, W)`` at rest, drawn at random but the same each time."""
    pick = np.random.default_rng(0).permutation(len(real))[: shown(are_points(real))]
    chosen = real[pick].numpy()
    return points_png(chosen[:0], chosen) if are_points(real) else grid_png(chosen)
