"""The path length penalty."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ganzoo.errors import RecipeError
from ganzoo.interfaces import Generator, MappedGenerator, Regularizer, Turn
from ganzoo.layers import batch_mean, batch_size, gathered, input_gradient, own_rows, require_positive
from ganzoo.samples import each


class PathLength(Regularizer):
    """Pulls the length of J^T y towards its running mean a: E[(|J^T y| - a)^2], times ``weight``.

    J is the Jacobian of the image in the styles of a ``MappedGenerator``, in the latent of any other; y is a random
    image from N(0, 1), divided by the square root of its number of pixels. Of other samples than images the pixels
    are what there is of each channel, and a row of numbers has one. It draws latents of its own and makes a
    forward pass of its own.

    Source: arXiv:1912.04958, eq. 4 and app. B. As in the authors' code, each layer's style counts by itself: the
    square of the length is the mean over the layers of the squares of theirs.
    Departs: the running mean is a constant to the gradient, where that code lets the batch's hundredth part of it
        through.

    Args:
        weight: of the penalty; the authors' code has 2.
        every: take it once in so many turns of the generator, so many times as strong; the paper has 4.
        decay: how far the mean moves towards that of a batch each time.
        shrink: the batch is that of a turn divided by this; 2 in the authors' code, to save memory.

    Attributes:
        mean: the running mean, which starts at 0.

    Raises:
        RecipeError: a parameter is out of range.
    """

    second_order = True
    samples = "gathered"
    buffers_over_ranks = "same"

    mean: Tensor

    def __init__(self, weight: float = 2.0, every: int = 4, decay: float = 0.01, shrink: int = 2) -> None:
        super().__init__(weight, every)
        require_positive(shrink=shrink)
        if isinstance(decay, bool) or not isinstance(decay, int | float) or not 0 < decay <= 1:
            raise RecipeError(f"decay is {decay!r}, and must be above 0 and at most 1")
        self.decay, self.shrink = decay, shrink
        self.register_buffer("mean", torch.zeros(()))

    def lengths(self, turn: Turn) -> Tensor:
        """|J^T y| for latents and an image of noise each, ``(B,)``, with its graph to the generator."""
        G, y = turn.G, turn.y_fake
        n = max(1, len(turn.z) // self.shrink)
        z = G.sample_z(n, device=turn.z.device, rng=turn.rng).to(turn.z.dtype)
        count = batch_size(z)
        steered, x = _steered(G, z, None if y is None else each(lambda t: own_rows(gathered(t)[:count]), y))
        slope = input_gradient(each(partial(_projected, turn.rng), x), steered)
        layers = slope.shape[1] if slope.ndim == 3 else 1
        out: Tensor = torch.linalg.vector_norm(slope.flatten(1), dim=1) / layers**0.5
        return out

    def g_penalty(self, turn: Turn) -> Tensor:
        """E[(|J^T y| - a)^2], a scalar of at least 0; moves the mean a first."""
        lengths = self.lengths(turn)
        with torch.no_grad():
            self.mean.lerp_(batch_mean(lengths.mean()).to(self.mean.dtype), self.decay)
        return (lengths - self.mean.clone()).square().mean()


def _projected(rng: torch.Generator, x: Tensor) -> Tensor:
    """Give the terms of the inner product of images and an image of noise each."""
    noise = torch.randn(x.shape, dtype=x.dtype, device=x.device, generator=rng)
    projected: Tensor = x * (noise / math.prod(x.shape[2:]) ** 0.5)
    return projected


def _steered(G: Generator, z: Tensor, y: Any) -> tuple[Tensor, Any]:
    """Give the input that the images' slope is taken in, and the images."""
    if isinstance(G, MappedGenerator):
        w = G.map(z, y)
        return w, G.synthesise(w)
    z = z.detach().requires_grad_()
    return z, G(z, y)
