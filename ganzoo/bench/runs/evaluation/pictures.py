"""Pictures of a generator's samples as PNGs: a grid of images, or a scatter of points."""

import numpy as np
import torch
from torch import Tensor

from ....data import ImageSet
from ....data.pixels import are_points
from ....drawing import grid_png, scatter_png
from ....seeds import stream
from .generating import GeneratingSession

IMAGES = 64
POINTS = 2_500
ROWS, STEPS = 6, 9  # of interpolations
BETWEEN = 3  # the stream of evaluation noise that their ends are drawn from


def shown(points: bool) -> int:
    """Give the number of samples that a picture shows by default."""
    return POINTS if points else IMAGES


def picture_of(session: GeneratingSession, n: int | None = None, seed: int = 0) -> bytes:
    """Draw ``n`` samples of a generator as it stands as a PNG; points over as many real ones, if there are any.

    Args:
        session: the run.
        n: None for as many as the pictures of runs show.
        seed: of the noise.

    Raises:
        DivergedError: the samples are no longer numbers.
    """
    n = n or shown(ImageSet.from_json(session.spec.images).points)
    samples = session.pictures(n, seed).numpy()
    return scatter_png(samples, session.real(n).numpy()) if are_points(session.pixels) else grid_png(samples)


def interpolations_of(session: GeneratingSession) -> bytes | None:
    """Draw interpolations between pairs of latents as a PNG, a pair in a row; gives None for points.

    The latents are the same for every run with this length of z. The way is along the great circle between both, with
    a length that goes from the one's to the other's: in many dimensions the straight way leads through latents far
    shorter than any that is drawn. A conditional recipe keeps a row's label.

    Source: arXiv:1609.04468, sec. 2.1.

    Raises:
        DivergedError: the images are no longer numbers.
    """
    if ImageSet.from_json(session.spec.images).points:
        return None
    G, device = session.G, session.device
    rng = torch.Generator().manual_seed(stream(0, "evaluation", BETWEEN))
    one, other = G.sample_z(2 * ROWS, device="cpu", rng=rng).chunk(2)
    z = torch.stack([between(one, other, step / (STEPS - 1)) for step in range(STEPS)], dim=1).flatten(0, 1)
    y = torch.arange(ROWS).repeat_interleave(STEPS).to(device) % session.classes if session.recipe.conditional else None
    return grid_png(session.images_of(z.to(device), y).numpy(), columns=STEPS)


def between(one: Tensor, other: Tensor, share: float) -> Tensor:
    """Latents ``(n, d)`` at ``share`` of the way from ``one`` to ``other``, in [0, 1], along the great circle."""
    lengths = one.norm(dim=1, keepdim=True), other.norm(dim=1, keepdim=True)
    a, b = (latents / length.clamp(min=1e-12) for latents, length in zip((one, other), lengths, strict=True))
    angle = (a * b).sum(1, keepdim=True).clamp(-1, 1).acos()
    sine = angle.sin()
    straight = sine < 1e-6  # the same direction, or just the opposite one: there is no one great circle
    safe = torch.where(straight, torch.ones_like(sine), sine)
    along = (((1 - share) * angle).sin() * a + (share * angle).sin() * b) / safe
    direction = torch.where(straight, (1 - share) * a + share * b, along)
    latents: Tensor = direction * ((1 - share) * lengths[0] + share * lengths[1])
    return latents


def picture_of_real(real: Tensor) -> bytes:
    """Draw some real samples ``(N, C, H, W)`` at rest as a PNG, chosen at random but the same each time."""
    pick = np.random.default_rng(0).permutation(len(real))[: shown(are_points(real))]
    chosen = real[pick].numpy()
    return scatter_png(chosen[:0], chosen) if are_points(real) else grid_png(chosen)
